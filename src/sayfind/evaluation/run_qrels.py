"""Reads judgements: which products answer a query, and how well."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from sayfind.data.table import read_table
from sayfind.errors import InputError
from sayfind.evaluation.run_record import Omission

__all__ = ["Judgements", "read_judgements"]

COLUMNS = ("query", "product_id", "rating")


@dataclass(frozen=True, slots=True)
class Judgements:
    """``ratings`` by query and product; ``left_out`` are the rows that cannot be used."""

    ratings: dict[str, dict[str, float]]
    left_out: tuple[Omission, ...] = ()


def read_judgements(path: Path, products: Container[str]) -> Judgements:
    """The judgements of a TSV with the columns query, product_id and rating.

    A product that is not among ``products`` cannot be found by any ranking: it is left out by
    name, and the ideal ranking is made of the others.

    Raises:
        InputError: no such file, or not such a table.
    """
    try:
        table = read_table(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(f"Cannot read the judgements in {path}: {error.strerror}.") from error
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        raise InputError(f"{path} has no column {', '.join(missing)}.")
    ratings: dict[str, dict[str, float]] = {}
    left_out = []
    for number, row in enumerate(table.rows, 2):
        query, product, rating = (row[column].strip() for column in COLUMNS)
        fault = _fault(query, product, rating, products)
        if fault:
            told = f"{path.name} line {number}, query {query!r}"
            left_out.append(Omission(product or "(no product)", fault, told))
            continue
        ratings.setdefault(query, {})[product] = float(rating)
    return Judgements(ratings, tuple(left_out))


def _fault(query: str, product: str, rating: str, products: Container[str]) -> str:
    if not query or not product:
        return "judgement without query or product"
    try:
        fine = 0 <= float(rating) <= 100
    except ValueError:
        fine = False
    if not fine:
        return "rating is no number from 0 to 100"
    return "" if product in products else "judged product not in the shop"
