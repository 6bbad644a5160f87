"""RabbitMQ: connection and topology, publisher, consumer."""
