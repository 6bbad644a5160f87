"""What runs the system on one machine."""
