"""The worker that builds zips of files."""
