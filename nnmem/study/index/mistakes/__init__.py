"""Typical mistakes, as data: the steps of each formula and its gradient, and which of them people get wrong."""
