"""The job that the three workers share: claim, build in a thread, keep the package, finish or fail."""
