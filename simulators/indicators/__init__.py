"""What is counted of a run: one indicator a file, fed with courses of any length."""
