"""Floor 2: attention, section 8.1 (注意力)."""
