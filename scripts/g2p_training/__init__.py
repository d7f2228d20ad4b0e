"""What trains the grapheme-to-phoneme model: alignment, n-gram, comparison."""
