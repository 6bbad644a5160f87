"""The pages for operators, without a socket."""
