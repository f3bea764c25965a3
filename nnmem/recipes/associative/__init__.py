"""Floor 4: measurements of associative memories."""
