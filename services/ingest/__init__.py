"""Takes content from internal services: objects, people and whole contexts, as messages of RabbitMQ."""
