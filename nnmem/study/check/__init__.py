"""Floor 5: gradient checks and their report."""
