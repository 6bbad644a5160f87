"""The notifier without sockets."""
