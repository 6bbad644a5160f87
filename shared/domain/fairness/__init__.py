"""Whose turn it is: priorities, the order of turns, and quotas."""
