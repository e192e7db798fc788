"""Alarms: conditions that follow from the site's model and need an operator's response."""
