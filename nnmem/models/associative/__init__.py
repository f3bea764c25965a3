"""Floor 3: networks beside the associative memories of section 8.2.3."""
