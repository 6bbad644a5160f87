"""Backups: a consistent copy of database and store, and its way back into empty ones."""
