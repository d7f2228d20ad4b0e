"""How many misspelt or misheard names are found first, and how fast; beside tantivy's fuzzy query.

    python benchmarks/search_names.py FEED [--names 20000] [--asked 2000] [--seed 0]

Names are distinct runs of one to four plain words at the beginning of the feeds' titles, each a
product of its own. A misspelt name has one or two slips of the keyboard (a letter left out,
doubled, swapped or hit beside). A misheard name has an eighth of its phones taken for near ones,
drawn by how alike they are (``sayfind.text.phone_set``), and is then spelt as it sounds: every
heard phone by its commonest letters. Names with the same search terms are one answer.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from sayfind.catalog.load import load_products
from sayfind.catalog.product import Product
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.text.phone_set import ENGLISH_PHONES
from sayfind.text.phonetics import phones, substitution_cost
from sayfind.text.tokenise import tokenise
from sayfind.types import Query

KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
SPELT = {
    "AA": "o", "AE": "a", "AH": "u", "AO": "o", "AW": "ow", "AY": "i", "B": "b", "CH": "ch",
    "D": "d", "DH": "th", "EH": "e", "ER": "er", "EY": "ay", "F": "f", "G": "g", "HH": "h",
    "IH": "i", "IY": "ee", "JH": "j", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ng",
    "OW": "o", "OY": "oy", "P": "p", "R": "r", "S": "s", "SH": "sh", "T": "t", "TH": "th",
    "UH": "oo", "UW": "oo", "V": "v", "W": "w", "Y": "y", "Z": "z", "ZH": "zh",
}  # fmt: skip
"""The letters by which a listener would write each phone."""

MISHEARD = 0.12  # of the phones
SHARPNESS = 9.0  # a phone is taken for another with odds exp(-SHARPNESS * cost)


def misspelt(name: str, rng: random.Random) -> str:
    """A name with one slip of the keyboard, two where it is long."""
    for _ in range(1 if len(name) < 12 else 2):
        places = [i for i, c in enumerate(name) if c.isalpha()]
        at = rng.choice(places)
        letter = name[at]
        slip = rng.randrange(4)
        if slip == 0:
            name = name[:at] + name[at + 1 :]
        elif slip == 1:
            name = name[:at] + letter + name[at:]
        elif slip == 2 and at + 1 < len(name):
            name = name[:at] + name[at + 1] + letter + name[at + 2 :]
        else:
            row = next(row for row in KEYS if letter in row)
            place = row.index(letter)
            near = [row[i] for i in (place - 1, place + 1) if 0 <= i < len(row)]
            name = name[:at] + rng.choice(near) + name[at + 1 :]
    return name


def misheard(name: str, rng: random.Random) -> str:
    """A name spelt as somebody heard it, at least one phone of it wrong."""
    words = [list(phones(word)) for word in name.split()]
    places = [(w, i) for w, word in enumerate(words) for i in range(len(word))]
    wrong = rng.sample(places, max(1, round(MISHEARD * len(places))))
    for w, i in wrong:
        others = [p for p in sorted(ENGLISH_PHONES) if p != words[w][i]]
        odds = [math.exp(-SHARPNESS * substitution_cost(words[w][i], p)) for p in others]
        words[w][i] = rng.choices(others, odds)[0]
    return " ".join("".join(SPELT[phone] for phone in word) for word in words)


def names_of(feeds: Sequence[Path], most: int, rng: random.Random) -> list[str]:
    """Distinct beginnings of titles, one to four words of three letters and more, drawn."""
    names = set[str]()
    for feed in feeds:
        for product in load_products(feed).products:
            words = re.findall(r"[^\W\d_]{3,}", product.title.lower())[:6]
            plain = [word for word in words if word.isascii()]
            for length in range(1, 5):
                for start in range(min(2, len(plain) - length + 1)):
                    names.add(" ".join(plain[start : start + length]))
    kept = sorted(name for name in names if len(name) >= 5)
    rng.shuffle(kept)
    return kept[:most]


def tantivy_search(names: Sequence[str]) -> Callable[[str], str]:
    """Tantivy's fuzzy term query of distance 2 for each word, any of which may match."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("name", stored=True)
    index = tantivy.Index(builder.build())
    writer = index.writer()
    for name in names:
        writer.add_document(tantivy.Document(name=name))
    writer.commit()
    index.reload()
    searcher, schema = index.searcher(), index.schema

    def first(text: str) -> str:
        terms = [
            (tantivy.Occur.Should, tantivy.Query.fuzzy_term_query(schema, "name", word, 2, True))
            for word in text.split()
        ]
        hits = searcher.search(tantivy.Query.boolean_query(terms), 1).hits
        return searcher.doc(hits[0][1])["name"][0] if hits else ""

    return first


def measure(label: str, first: Callable[[str], str], asked: Sequence[tuple[str, str]]) -> None:
    """Print the share found first, and the milliseconds it took."""
    right, seconds = 0, []
    for name, text in asked:
        start = time.process_time()
        found = first(text)
        seconds.append(time.process_time() - start)
        right += tokenise(found) == tokenise(name)
    p50, p95 = 1000 * np.percentile(seconds, [50, 95])
    share = right / len(asked)
    print(f"| {label} | {share:.3f} | {len(asked)} | {p50:.2f} | {p95:.2f} |", flush=True)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feeds", nargs="+", type=Path)
    parser.add_argument("--names", type=int, default=20_000)
    parser.add_argument("--asked", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    rng = random.Random(options.seed)
    names = names_of(options.feeds, options.names, rng)
    index = LexicalIndex.build([Product(id=name, title=name) for name in names])
    with tempfile.TemporaryDirectory() as folder:
        index.save(Path(folder))
        index = LexicalIndex.open(Path(folder))

    def ours(text: str) -> str:
        hits = index.search(Query(text), 1).hits
        return hits[0].product_id if hits else ""

    theirs = tantivy_search(names)
    print(
        f"{len(names)} names\n\n| | found first | asked | p50, ms | p95, ms |\n"
        "|---|---|---|---|---|"
    )
    sample = rng.sample(names, min(options.asked, len(names)))
    for kind, slip in (("misspelt", misspelt), ("misheard", misheard)):
        asked = [(name, slip(name, rng)) for name in sample]
        measure(f"{kind}, sayfind", ours, asked)
        measure(f"{kind}, tantivy fuzzy", theirs, asked)


if __name__ == "__main__":
    main(sys.argv[1:])
