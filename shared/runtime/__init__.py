"""What every process has: settings, logs, signals, traces."""
