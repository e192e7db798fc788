"""Devices before they are points of a site: who is there, what it is, what it says."""
