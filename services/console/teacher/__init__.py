"""The pages of people who want exports: a course and its exports, a new export, one export, and what is in its package."""
