"""Floor 4: what a student holds."""
