"""Loads the packages that site admins upload."""
