"""Pure readers and writers of package formats: course -> entries -> bytes, and back. Needs shared.domain alone."""
