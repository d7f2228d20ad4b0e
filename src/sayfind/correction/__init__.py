"""Correction: n-best in, n-best out, from a closed set and with every decision recorded."""
