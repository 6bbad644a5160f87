"""A folder per process."""
