"""The part of the admin API that is for people, courses, tokens and loads: its requests, bodies and operations."""
