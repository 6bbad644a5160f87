"""What operators change beside running workers: each action is one statement, or one bounded transaction."""
