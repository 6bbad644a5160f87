"""Ends or restarts what is stuck."""
