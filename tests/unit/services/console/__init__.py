"""The console without a socket."""
