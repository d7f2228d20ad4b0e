"""What people say to a shop, with intents and slots: patterns filled in, and real texts.

``shop_templates.txt`` says how the patterns are written. Real Chinese queries and product words
fill them; the labelled corpora give other intents their sentences; sentences that have nothing to
do with a shop are ``none``.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import tarfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from sayfind.text.normalise import normalise
from sayfind.training.tagger_corpora import Corpus, Example, Span, example, read_corpus

__all__ = ["Templates", "read_templates", "shop_corpus"]

_CHOICE = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"\{([^{}]+)\}")

# Intents of nlu-evaluation-data by how they begin; the others are none of a shop's.
_NLU = {
    "iot_": "control_device",
    "audio_volume": "control_device",
    "transport_": "navigate",
    "recommendation_locations": "navigate",
    "general_": "small_talk",
}
_NLU_SLOTS = {
    "house_place": "room",
    "device_type": "device",
    "color_type": "value",
    "change_amount": "value",
    "place_name": "place",
    "business_name": "place",
    "business_type": "place",
    "date": "date",
}


@dataclass
class Templates:
    """Lists by name (slot or none, entries) and patterns by intent."""

    lists: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    patterns: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def fill(self, intent: str, rng: random.Random) -> Example:
        """One sentence of an intent."""
        pattern = rng.choice(self.patterns[intent])
        while found := _CHOICE.search(pattern):
            chosen = rng.choice(found[1].split("|"))
            pattern = pattern[: found.start()] + chosen + pattern[found.end() :]
        text, spans, end = "", list[Span](), 0
        for slot in _SLOT.finditer(pattern):
            text += pattern[end : slot.start()]
            name, entries = self.lists[slot[1]]
            said = rng.choice(entries)
            if name:
                spans.append((len(text), len(text) + len(said), name))
            text, end = text + said, slot.end()
        return example(text + pattern[end:], spans, intent)


def read_templates(text: str) -> Templates:
    """The file of patterns; see its head."""
    templates = Templates()
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        head, _, body = line.partition(":")
        if head.startswith("@"):
            name, _, slot = head[1:].partition("=")
            templates.lists[name] = (slot, [entry.strip() for entry in body.split("|")])
        else:
            templates.patterns[head].append(body.strip())
    return templates


def shop_corpus(data: Path, each: int = 1500, seed: int = 3) -> Corpus:
    """``each`` made-up sentences for every intent, with the real ones; a twentieth is dev.

    The test part is dev again: what the tagger is worth is measured on texts written by hand,
    which are no business of this file.
    """
    rng = random.Random(seed)
    source = resources.files("sayfind.training") / "shop_templates.txt"
    templates = read_templates(source.read_text(encoding="utf-8"))
    _widen(templates, data, rng)
    counts = {name: each * (3 if name == "search" else 1) for name in templates.patterns}
    rows = [templates.fill(name, rng) for name, most in counts.items() for _ in range(most)]
    rows += [*_from_nlu(data), *_from_snips(data, rng), *_unrelated(data, rng)]
    rng.shuffle(rows)
    distinct = {row.text: row for row in rows if row.text.strip()}
    examples = list(distinct.values())
    dev = examples[: len(examples) // 20]
    return Corpus(examples[len(dev) :], dev, dev)


def _widen(templates: Templates, data: Path, rng: random.Random) -> None:
    """Real queries, and product words of a catalogue and of DSNER, for the lists that ask."""
    with gzip.open(data / "catalog" / "bestbuy" / "categories.json.gz", "rt") as file:
        names = [normalise(each["name"] or "") for each in json.load(file)]
    names = [re.split(r" (?:&|and|for) ", name)[0] for name in names]
    short = sorted({name for name in names if 0 < len(name.split()) < 4})
    templates.lists["product"][1].extend(rng.sample(short, 400))
    queries = data / "text" / "zh-ecom-queries-train.tsv.gz"
    with gzip.open(queries, "rt", encoding="utf-8") as lines:
        real = [normalise(line.rstrip("\n").split("\t")[-1]) for line in lines]
    templates.lists["查询"] = ("", rng.sample([q for q in real if len(q) > 2], 6000))
    for row in read_corpus("dsner", data).train:
        for name, text in _values(row):
            if name == "cp" and len(text) > 1:
                templates.lists["商品"][1].append(text)
            elif name == "pp" and len(text) > 1:
                templates.lists["牌子"][1].append(text)


def _values(row: Example) -> Iterator[tuple[str, str]]:
    start = None
    for i, tag in enumerate((*row.tags, "O")):
        if start is not None and not tag.startswith("I-"):
            text = row.text[row.tokens[start].start : row.tokens[i - 1].end]
            yield row.tags[start][2:], text
            start = None
        if tag.startswith("B-"):
            start = i


def _from_nlu(data: Path) -> Iterator[Example]:
    for row in read_corpus("nlu", data).train:
        intent = next((to for begin, to in _NLU.items() if row.intent.startswith(begin)), "none")
        tags = [_renamed(tag) if intent != "none" else "O" for tag in row.tags]
        yield Example(row.text, row.tokens, tuple(tags), intent)


def _renamed(tag: str) -> str:
    name = _NLU_SLOTS.get(tag[2:])
    return f"{tag[:2]}{name}" if name else "O"


def _from_snips(data: Path, rng: random.Random) -> list[Example]:
    rows = rng.sample(read_corpus("snips", data).train, 1200)
    return [example(normalise(row.text), (), "none") for row in rows]


def _unrelated(data: Path, rng: random.Random) -> list[Example]:
    """Sentences that volunteers read aloud, in both languages."""
    found: dict[str, list[str]] = {"en": [], "zh": []}
    with tarfile.open(data / "text" / "common-voice-sentences.tar.gz") as tar:
        for member in tar:
            language = next((part for part in found if f"/{part}" in member.name), None)
            read = tar.extractfile(member)
            if language and read is not None and member.name.endswith(".txt"):
                found[language] += io.TextIOWrapper(read, "utf-8").read().splitlines()
    return [
        example(normalise(text), (), "none")
        for lines in found.values()
        for text in rng.sample(_short(lines), min(1500, len(_short(lines))))
    ]


def _short(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if 4 < len(line) < 80]
