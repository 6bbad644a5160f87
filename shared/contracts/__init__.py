"""The wire: messages, topology, JSON bodies."""
