"""Where runs are executed: in this process, in several processes, or on a Ray cluster."""
