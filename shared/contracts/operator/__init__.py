"""The part of the admin API that is for running the system: its requests, bodies and operations."""
