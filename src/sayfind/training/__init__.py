"""How the bundled models were made: corpora, mixtures, and one recipe per model.

Rooms do not know this package. The recipes need torch: ``pip install 'sayfind[train]'``.
"""
