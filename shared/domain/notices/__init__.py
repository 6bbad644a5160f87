"""Mail and webhooks that are to be sent, and their outcomes."""
