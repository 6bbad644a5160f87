"""QTI 1.2 of tools other than Canvas, rewritten to the shape that the readers know."""
