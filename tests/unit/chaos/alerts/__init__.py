"""Each alert fires by a real fault of a running system, which a real Prometheus watches."""
