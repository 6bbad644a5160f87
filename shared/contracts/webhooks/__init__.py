"""What users ask of webhooks over HTTP, what they get, and what is sent to a webhook beside events of exports."""
