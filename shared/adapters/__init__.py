"""Input and output, a library a home."""
