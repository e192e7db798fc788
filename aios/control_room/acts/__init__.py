"""What the page lets people do: each act is a button with its key, its words and what it sends."""
