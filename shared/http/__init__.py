"""The edge that every HTTP service shares: tokens, errors as JSON, request ids, health, metrics."""
