"""The documents of `course_settings/`: a file for each."""
