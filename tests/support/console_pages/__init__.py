"""The console in front of an API whose answers are written down: every state of every page has an address."""
