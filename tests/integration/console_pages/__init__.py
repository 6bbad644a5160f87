"""The pages of the console in a real browser, in front of an API whose answers are written down."""
