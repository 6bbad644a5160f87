"""A folder of JSON objects in the Canvas REST shape, with the bytes of their files."""
