"""A Common Cartridge for readers other than Canvas (`target=generic`): by the letter, without Canvas's documents and tokens."""
