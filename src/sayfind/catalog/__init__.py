"""The catalogue: products in, and what is compiled from them."""
