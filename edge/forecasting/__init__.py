"""Quantile forecasts a day ahead that learn from every quarter-hour, with nothing to fit offline."""
