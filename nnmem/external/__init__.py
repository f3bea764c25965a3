"""Floor 3: structured external memory, section 8.3."""
