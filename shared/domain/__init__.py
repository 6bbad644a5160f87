"""The words of the field, without any input or output."""
