"""Writes ``menu.csv``: the coffee bar's drinks, with their attributes and allowed values.

General knowledge of a coffee bar's menu (drinks, sizes, roasts, milks, sweeteners and how much
of them people ask for), in the ordinary columns of a product feed.
"""

from __future__ import annotations

import csv
from pathlib import Path

DRINKS = [
    "americano",
    "cappuccino",
    "coffee",
    "drip coffee",
    "espresso",
    "house coffee",
    "iced coffee",
    "iced mocha",
    "latte",
    "mocha",
]
AMOUNTS = ("", "some ", "a bit of ", "a little bit of ", "a lot of ", "lots of ")
MILKS = ("milk", "almond milk", "cream", "skim milk", "soy milk", "whole milk")
SUGARS = ("sugar", "brown sugar", "sweetener")
SIZES = (
    "small",
    "medium",
    "large",
    *(f"{n} ounce" for n in ["eight", "twelve", "sixteen", "twenty"]),
)


def amounts_of(things: tuple[str, ...]) -> str:
    """Every thing in every amount, as one multi-valued cell."""
    return "|".join(amount + thing for thing in things for amount in AMOUNTS)


def main() -> None:
    """Write the feed beside this script."""
    with Path(__file__).with_name("menu.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            [
                "id",
                "title",
                "coffeeDrink",
                "size",
                "roast",
                "numberOfShots",
                "milkAmount",
                "sugarAmount",
            ]
        )
        for number, drink in enumerate(DRINKS, 1):
            roasts = "dark roast|light roast|medium roast"
            shots = "single shot|double shot|triple shot"
            values = [number, drink, drink, "|".join(SIZES), roasts, shots]
            writer.writerow([*values, amounts_of(MILKS), amounts_of(SUGARS)])


if __name__ == "__main__":
    main()
