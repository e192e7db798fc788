"""The demo: a substation, its gateway and its control room for one day in a minute."""
