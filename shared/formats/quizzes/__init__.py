"""Packages of quizzes: which form is written, and which one a document that is read has."""
