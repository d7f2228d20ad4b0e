"""Voice search that knows your shop."""

__version__ = "0.1.0"
