"""Floor 3: pointer networks (指针网络)."""
