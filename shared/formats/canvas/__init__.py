"""Canvas's own elements and documents, which cartridges and packages of quizzes both carry."""
