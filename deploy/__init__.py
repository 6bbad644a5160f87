"""How the whole runs on one machine: servers, processes, the demo."""
