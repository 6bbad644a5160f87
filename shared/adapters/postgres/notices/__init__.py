"""What the notifier works with: webhooks, deliveries, and the rows behind a mail."""
