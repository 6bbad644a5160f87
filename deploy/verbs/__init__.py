"""What operators do, by one word each: on containers of this machine, on a cluster, or on `make run`."""
