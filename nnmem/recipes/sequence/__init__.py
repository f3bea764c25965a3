"""Recipes of the sequence models."""
