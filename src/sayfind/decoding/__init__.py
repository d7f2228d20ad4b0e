"""From posteriors to words: beams, exact scores of given phrases, and two recognisers joined."""
