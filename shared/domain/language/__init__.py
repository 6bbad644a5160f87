"""How a reader's language writes sentences, dates, sizes and lists."""
