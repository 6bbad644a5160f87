"""Packages as the system knows them: their options, members, states, and loads of them."""
