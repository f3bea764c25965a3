"""The table of results: its rows by topic, and how they are written."""
