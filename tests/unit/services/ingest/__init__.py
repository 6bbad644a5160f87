"""The intake of content."""
