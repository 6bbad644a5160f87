"""Content by messages, against a real broker and a real database."""
