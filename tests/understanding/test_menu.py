"""A menu as a feed: columns of a café's drinks, ordered in sentences. General mechanisms only."""

from __future__ import annotations

import csv
import io
import json
import random
import tarfile
from pathlib import Path

import pytest

from sayfind.catalog.vocabulary import Entry, Vocabulary
from sayfind.text.numbers import to_digits
from sayfind.types import NBest
from sayfind.understanding import ConstraintUnderstander

AMOUNTS = ["", "some ", "lots of ", "a lot of ", "a bit of ", "a little bit of "]
MENU = {
    "coffeeDrink": [
        "coffee", "house coffee", "iced coffee", "drip coffee", "latte", "mocha", "iced mocha",
        "espresso", "americano", "cappuccino",
    ],
    "size": [
        "small", "medium", "large", "eight ounce", "twelve ounce", "sixteen ounce", "twenty ounce",
    ],
    "roast": ["light roast", "medium roast", "dark roast"],
    "numberOfShots": ["single shot", "double shot", "triple shot"],
    "milkAmount": [
        a + m for a in AMOUNTS for m in ("milk", "soy milk", "almond milk", "whole milk", "cream")
    ],
    "sugarAmount": [a + s for a in AMOUNTS for s in ("sugar", "brown sugar", "sweetener")],
}  # fmt: skip
OPENINGS = ["can i get a", "i'd like a", "give me a", "brew a", "make me a", "i want a", "one"]
SHARED = Path(__file__).parents[3] / "shared" / "data" / "speech" / "barista-dev.tar"


def menu_of(columns) -> ConstraintUnderstander:
    entries = (Entry(f, v, (v,), 10) for f, values in columns.items() for v in values)
    return ConstraintUnderstander(Vocabulary(tuple(entries)))


@pytest.fixture(scope="module")
def menu() -> ConstraintUnderstander:
    return menu_of(MENU)


def slots(understander, text: str) -> dict[str, str]:
    query = understander.understand(NBest.from_text(text))
    assert len({c.field for c in query.constraints}) == len(query.constraints)
    assert all(c.confidence == 1.0 and not c.negated for c in query.constraints)
    return {c.field: c.value for c in query.constraints}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "can i get a large dark roast latte with a lot of soy milk and brown sugar",
            {"coffeeDrink": "latte", "size": "large", "roast": "dark roast",
             "milkAmount": "a lot of soy milk", "sugarAmount": "brown sugar"},
        ),
        ("medium roast mocha", {"coffeeDrink": "mocha", "roast": "medium roast"}),
        (
            "medium medium roast mocha",
            {"coffeeDrink": "mocha", "roast": "medium roast", "size": "medium"},
        ),
        ("house coffee", {"coffeeDrink": "house coffee"}),
        ("iced coffee", {"coffeeDrink": "iced coffee"}),
        (
            "latte with a little bit of almond milk",
            {"coffeeDrink": "latte", "milkAmount": "a little bit of almond milk"},
        ),
        ("a eight ounce espresso", {"coffeeDrink": "espresso", "size": "eight ounce"}),
        ("an 8 ounce espresso", {"coffeeDrink": "espresso", "size": "eight ounce"}),
        ("an 8 oz espresso", {"coffeeDrink": "espresso", "size": "eight ounce"}),
        ("espresso 8oz", {"coffeeDrink": "espresso", "size": "eight ounce"}),
    ],
)  # fmt: skip
def test_orders(menu, text, expected) -> None:
    assert slots(menu, text) == expected


def test_an_order_without_milk_has_it_negated(menu) -> None:
    query = menu.understand(NBest.from_text("latte with no milk and two bits of sugar"))
    assert ("milkAmount", "milk", True) in [
        (c.field, c.value, c.negated) for c in query.constraints
    ]


def test_written_and_spoken_numbers_in_the_feed() -> None:
    understander = menu_of({"drink": ["latte"], "size": ["8 ounce", "12oz"]})
    for text in ("eight ounce latte", "8 ounce latte", "8 oz latte"):
        assert slots(understander, text) == {"drink": "latte", "size": "8 ounce"}
    assert slots(understander, "twelve ounce latte") == {"drink": "latte", "size": "12oz"}


def random_order(rng: random.Random) -> tuple[str, dict[str, str]]:
    """A sentence and what it says."""
    said = {"coffeeDrink": rng.choice(MENU["coffeeDrink"])}
    before = rng.sample(["size", "roast", "numberOfShots"], rng.randint(0, 3))
    after = rng.sample(["milkAmount", "sugarAmount"], rng.randint(0, 2))
    said |= {name: rng.choice(MENU[name]) for name in (*before, *after)}
    words = [rng.choice(OPENINGS), *(said[name] for name in before), said["coffeeDrink"]]
    extras = " and ".join(said[name] for name in after)
    return " ".join([*words, *(["with", extras] if extras else [])]), said


@pytest.mark.parametrize("written", [False, True])
def test_random_orders_are_understood_exactly(menu, written) -> None:
    rng = random.Random(7)
    for _ in range(400):
        text, said = random_order(rng)
        assert slots(menu, to_digits(text) if written else text) == said, text


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/data/speech/barista-dev.tar")
@pytest.mark.parametrize("written", [False, True])
def test_every_example_phrase_is_explained_to_the_last_word(written) -> None:
    with tarfile.open(SHARED) as tar:
        manifest = tar.extractfile("barista-dev/manifest.tsv").read().decode()
        phrases = tar.extractfile("barista-dev/utterances.txt").read().decode().split("\n")
    seen: dict[str, set[str]] = {}
    for row in csv.DictReader(io.StringIO(manifest), delimiter="\t"):
        for name, value in json.loads(row["slots"]).items():
            seen.setdefault(name, set()).add(value)
    understander = menu_of({name: sorted(values) for name, values in seen.items()})
    assert len([p for p in phrases if p.strip()]) == 432
    for phrase in phrases:
        text = to_digits(phrase) if written else phrase
        query = understander.understand(NBest.from_text(text))
        slots(understander, text)
        left = query.terms
        for value in sorted((c.value for c in query.constraints), key=len, reverse=True):
            left = left.replace(value, " ", 1)
        assert not left.split(), text


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/data/speech/barista-dev.tar")
def test_every_order_of_barista_dev_is_right_from_its_true_words() -> None:
    """The words are made of the slots, as orders put them: what is left are hearing's errors."""
    with tarfile.open(SHARED) as tar:
        manifest = tar.extractfile("barista-dev/manifest.tsv").read().decode()
    rows = [json.loads(r["slots"]) for r in csv.DictReader(io.StringIO(manifest), delimiter="\t")]
    seen: dict[str, set[str]] = {}
    for row in rows:
        for name, value in row.items():
            seen.setdefault(name, set()).add(value)
    understander = menu_of({name: sorted(values) for name, values in seen.items()})
    rng = random.Random(3)
    assert len(rows) == 211
    for row in rows:
        before = [row[n] for n in ("size", "numberOfShots", "roast") if n in row]
        rng.shuffle(before)
        after = " and ".join(row[n] for n in ("milkAmount", "sugarAmount") if n in row)
        words = [rng.choice(OPENINGS), *before, row.get("coffeeDrink", "")]
        text = " ".join([*words, *(["with", after] if after else [])])
        assert slots(understander, text) == row, text
