"""The worker that builds QTI packages."""
