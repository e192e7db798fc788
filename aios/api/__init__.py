"""The HTTP face of a desk of one gateway or several: pages, streams, the API, and who may ask and act."""
