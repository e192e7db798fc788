"""Charts of a report, each a figure of plotly as plain data; colours are names of the page's tokens."""
