"""The load of the kernel's benchmarks: a substation, an in-process driver, agents, busy workers."""
