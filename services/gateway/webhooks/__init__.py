"""Webhooks over HTTP: /api/v1/users/self/content_export_webhooks."""
