"""Recipes for networks that look at pictures."""
