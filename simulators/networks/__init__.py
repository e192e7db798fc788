"""The network of a substation as data: its noun, its file, the shipped ones."""
