"""Floor 3: whole networks, each a sum of formulas."""
