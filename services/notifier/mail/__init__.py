"""Mail to the person who requested an export."""
