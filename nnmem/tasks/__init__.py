"""Floor 1: the data each model learns from, generated or read."""
