"""Tests of the shape of the code: floors, sizes, names, one file for each foreign library."""
