"""What watches the system: dashboards, alerts, and what Prometheus scrapes."""
