"""The question types of QTI 1.2: a file for each, and the table of them."""
