"""The page of a package that people read without any system: the course, and the report of its export."""
