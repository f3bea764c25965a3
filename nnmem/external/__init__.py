"""Floor 2: structured external memory (结构化的外部记忆), section 8.3; may use attention."""
