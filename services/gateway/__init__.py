"""The HTTP API, and the relay from the outbox to RabbitMQ."""
