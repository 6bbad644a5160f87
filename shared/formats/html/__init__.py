"""HTML of a course: its tokens, the references in it, links into and out of a package."""
