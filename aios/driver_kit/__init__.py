"""The kit of those who write drivers: a skeleton, and the scale of how good a driver is."""
