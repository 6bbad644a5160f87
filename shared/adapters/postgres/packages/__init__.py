"""The rows of packages: their members, loads, scrubs, and their end."""
