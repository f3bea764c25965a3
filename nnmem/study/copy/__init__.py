"""Floor 5: standalone sources."""
