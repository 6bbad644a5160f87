"""The commands of operators: over HTTP with the token of a site admin, or over the database."""
