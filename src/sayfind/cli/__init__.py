"""The command line: ``sayfind VERB``."""
