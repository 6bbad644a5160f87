"""Common Cartridge as Canvas writes and reads it: a module per kind of content, reader beside writer."""
