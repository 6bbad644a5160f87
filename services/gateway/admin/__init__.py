"""The part of the API that is for site admins."""
