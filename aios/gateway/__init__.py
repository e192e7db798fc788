"""A gateway's life: from a site file, looked at and wired, to its end or to the file that comes next."""
