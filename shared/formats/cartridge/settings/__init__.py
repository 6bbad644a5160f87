"""The documents of `course_settings/`: a file for each, and the resource that lists them."""
