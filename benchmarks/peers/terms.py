"""A shop's products as the terms that every search here is given."""

from __future__ import annotations

from sayfind.retrieval.documents import ProductReader
from sayfind.shop import Shop

__all__ = ["product_terms"]


def product_terms(shop: Shop) -> tuple[list[str], list[list[str]]]:
    """Product ids, and for each all its terms, fields one after the other."""
    reader = ProductReader()
    documents = [
        [term for field in reader.terms(product) for term in field]
        for product in shop.products.values()
    ]
    return list(shop.products), documents
