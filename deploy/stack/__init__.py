"""The whole system on one machine: its servers, its processes, `make run` and `make demo`."""
