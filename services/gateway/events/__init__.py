"""Events of exports on their way to RabbitMQ, in the process of the relay."""
