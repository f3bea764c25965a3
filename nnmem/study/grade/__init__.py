"""Floor 5: homework and grading."""
