"""Courses as Canvas lists and shows them."""
