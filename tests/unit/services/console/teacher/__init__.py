"""The pages of people who want exports, without sockets."""
