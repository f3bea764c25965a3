"""Floor 3: structured external memory (结构化的外部记忆), section 8.3: a controller reads, and may write."""
