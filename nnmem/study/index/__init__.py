"""Floor 5: all that is known of each formula beside its code."""
