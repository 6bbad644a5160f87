"""The terms and rules of the field: plain data and pure functions, without input or output."""
