"""The console beside a real gateway."""
