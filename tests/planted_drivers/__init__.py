"""Drivers with one fault each: the conformance kit must find every one, by the right rule."""
