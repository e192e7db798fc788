"""Every number the README claims, made again with one command."""
