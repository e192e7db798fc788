"""A measured year of four feeders and a photovoltaic plant, in quarter-hours."""

from simulators.profiles.load import Profiles, load_profiles

__all__ = ["Profiles", "load_profiles"]
