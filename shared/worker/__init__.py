"""The job that the three workers share."""
