"""Floor 3: recurrent networks."""
