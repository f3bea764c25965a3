"""The version, for the command and for copied sources."""

__version__ = "0.1.0"
