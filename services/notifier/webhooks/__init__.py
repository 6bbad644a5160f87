"""Webhooks: events that are sent to addresses of other programs, as Standard Webhooks has it."""
