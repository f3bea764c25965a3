"""Floor 3: networks that answer questions from a memory."""
