"""What does not grow with the tables: plans of statements, and the cost of heartbeats."""
