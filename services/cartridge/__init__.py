"""The worker that builds Common Cartridges."""
