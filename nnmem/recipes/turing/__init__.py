"""Floor 4: what neural Turing machines learn."""
