"""What internal services send and receive, described in AsyncAPI 3.0: made of the types and the topology in use."""
