"""Makes Chinese texts as a recogniser without the catalogue would write them.

A catalogue name in a short request; in two of three, one of its characters is another of the same
toneless pinyin, drawn from the 3,755 characters of GB 2312's first level. Made, not heard: what a
recogniser gets wrong is less regular. It favours matching by pinyin, which inverts it exactly.
"""

from __future__ import annotations

import gzip
import random
from collections import defaultdict
from pathlib import Path

from benchmarks.peers.correction import HeardCase
from benchmarks.peers.stretches import closed_set

from sayfind.errors import require
from sayfind.shop import Shop

__all__ = ["homophone_cases", "read_lines"]

REQUESTS = ("我想买{}", "有没有{}", "{}", "找一下{}", "{}有货吗")
SHORTEST, LONGEST = 2, 6
FIRST_ROW, LAST_ROW = 0xB0, 0xD7  # of GB 2312: the first level


def homophone_cases(shop: Shop, count: int, seed: int = 0) -> list[HeardCase]:
    """At most ``count`` cases, a third of them without a slip; each name comes once."""
    same = _same_sound()
    names = sorted({name for name in closed_set(shop) if _is_plain(name)})
    rng = random.Random(seed)
    rng.shuffle(names)
    cases = []
    for number, name in enumerate(names[:count]):
        request = REQUESTS[number % len(REQUESTS)]
        heard = name if number % 3 == 0 else _slip(name, same, rng)
        case = HeardCase(f"zh{number}", name, request.format(name), (request.format(heard),))
        cases.append(case)
    return cases


def read_lines(path: Path, count: int) -> list[str]:
    """The last column of ``count`` lines of a gzipped table, spread over all of it."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [line.rstrip("\n").rpartition("\t")[2].strip() for line in lines]
    kept = [text for text in texts if text]
    return kept[:: max(1, len(kept) // count)][:count]


def _slip(name: str, same: dict[str, list[str]], rng: random.Random) -> str:
    pinyin = require("pypinyin", "peers")
    sounds = pinyin.lazy_pinyin(name)
    places = list(range(len(name)))
    rng.shuffle(places)
    for place in places:
        others = [other for other in same.get(sounds[place], []) if other != name[place]]
        if others:
            return name[:place] + rng.choice(others) + name[place + 1 :]
    return name


def _same_sound() -> dict[str, list[str]]:
    """Characters by toneless pinyin, as each is read alone."""
    pinyin = require("pypinyin", "peers")
    found: dict[str, list[str]] = defaultdict(list)
    for row in range(FIRST_ROW, LAST_ROW + 1):
        for cell in range(0xA1, 0xFF):
            character = bytes([row, cell]).decode("gb2312", errors="ignore")
            if character:
                found[pinyin.lazy_pinyin(character)[0]].append(character)
    return found


def _is_plain(name: str) -> bool:
    han = all("\u4e00" <= character <= "\u9fff" for character in name)
    return han and SHORTEST <= len(name) <= LONGEST
