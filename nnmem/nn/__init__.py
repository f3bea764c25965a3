"""Floor 1: what any network needs."""
