"""Floor 3: the neural Turing machine (神经图灵机)."""
