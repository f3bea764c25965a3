"""Floor 4: what pointer networks learn."""
