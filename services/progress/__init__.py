"""The progress service: the Progress API, and live streams of what happens to exports."""
