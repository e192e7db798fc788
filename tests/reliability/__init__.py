"""The reliability lane: each promise is attacked at full count by `python -m tests.reliability`."""
