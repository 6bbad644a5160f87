"""The event log: read by streams and replays, published by the relay."""
