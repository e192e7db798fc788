"""Load of the desk: a plant that changes at known moments, and desks that look at it."""
