"""Commands of internal services: who sent one, what becomes of it, and how it is answered and settled."""
