"""Rights as policy: which role may do what to which kind of object at which site; the default is no."""
