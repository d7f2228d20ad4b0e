"""The tables behind the demo catalogue (``*.toml``), how they are read, and how rows are made."""
