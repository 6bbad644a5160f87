"""Input and output: each outside library is imported by one module here."""
