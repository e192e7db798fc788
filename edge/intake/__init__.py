"""Intake: signed commands from afar, each with one effect or a named refusal."""
