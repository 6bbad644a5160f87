"""The HTTP API, the relay from the outbox to RabbitMQ, and the inbox of commands."""
