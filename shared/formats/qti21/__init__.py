"""QTI 2.1: items, tests and packages, written from the questions of the model; and QTI 2.x read into them."""
