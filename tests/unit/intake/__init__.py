"""Content on its way into the database."""
