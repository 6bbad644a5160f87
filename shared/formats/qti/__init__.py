"""QTI 1.2 as Canvas writes and reads it: items, assessments, banks, and the package of quizzes."""
