"""What operators do to exports, and what they see of it."""
