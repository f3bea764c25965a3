"""Floor 4: questions answered from a memory."""
