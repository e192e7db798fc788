"""Commissioning: a site is walked point by point, and what was found stands on a signed sheet."""
