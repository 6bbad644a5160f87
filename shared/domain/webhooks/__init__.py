"""Webhooks: addresses of other programs that are called when something happens to an export."""
