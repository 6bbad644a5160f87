"""Mail and webhooks that are to be sent, and what became of them."""
