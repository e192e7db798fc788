"""Small drawings rendered on the server: pure functions from numbers to SVG."""
