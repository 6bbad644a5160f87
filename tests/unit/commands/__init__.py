"""Commands, decided over fakes."""
