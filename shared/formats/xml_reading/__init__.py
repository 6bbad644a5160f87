"""Documents of strangers: what stands before the root, repair of faulty XML, the parser."""
