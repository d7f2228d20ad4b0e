"""Finding: from a query to products, with reasons, counts and the wishes that were let go."""
