"""Floor 2: associative memory, section 8.2.3 (联想记忆)."""
