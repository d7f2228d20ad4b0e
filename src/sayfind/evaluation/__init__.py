"""Measuring: figures with intervals, tests between systems, and the run that makes them."""
