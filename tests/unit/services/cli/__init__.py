"""The command line, against servers in the same process."""
