"""Where a site's devices touch the world: what they feel, through which instruments, and what they do."""
