"""Long tests that kill processes at random moments: `make chaos`. Small versions of them are in tests/integration."""
