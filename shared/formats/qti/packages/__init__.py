"""Packages of quizzes as a whole: manifest, banks, and the generic form."""
