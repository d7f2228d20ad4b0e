"""Language models: how likely a sentence of the shop is, word by word."""
