"""Whose turn it is: priorities, the order of turns, quotas, and when an export is expected to start and end."""
