"""The console: pages for people who wait for exports, and for those who operate the service."""
