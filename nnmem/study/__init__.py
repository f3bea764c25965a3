"""Floor 5: what a student or teacher holds."""
