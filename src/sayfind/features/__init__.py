"""Sound to features: log-mel filterbanks and cepstra, as Kaldi computes them."""
