"""`python -m aios` is the command line."""

from aios.cli import main

main()
