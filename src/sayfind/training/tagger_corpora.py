"""Labelled texts for the tagger: SNIPS, nlu-evaluation-data and DSNER, read from their archives.

A text comes with spans of characters; ``example`` turns them into one tag for each token. In
distantly labelled text a character may be marked unknown: such tokens teach nothing.
"""

from __future__ import annotations

import json
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayfind.understanding.tagging import Token, tokenise

__all__ = ["CORPORA", "UNKNOWN", "Corpus", "Example", "example", "read_corpus"]

UNKNOWN = "?"
"""The tag of a token that nobody labelled."""

Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its tokens, a tag for each (``O``, ``B-x``, ``I-x`` or unknown), its intent."""

    text: str
    tokens: tuple[Token, ...]
    tags: tuple[str, ...]
    intent: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is learnt from, what decides when to stop, and what is only measured on."""

    train: list[Example]
    dev: list[Example]
    test: list[Example]


def example(text: str, spans: Sequence[Span], intent: str, unknown: Sequence[Span] = ()) -> Example:
    """Tokens that touch a span get its name; those in ``unknown`` are unlabelled."""
    tokens = tokenise(text)
    tags = ["O"] * len(tokens)
    for start, end, name in spans:
        inside = [i for i, t in enumerate(tokens) if t.start < end and start < t.end]
        for i in inside:
            tags[i] = f"{'B' if i == inside[0] else 'I'}-{name}"
    for start, end, _ in unknown:
        for i, token in enumerate(tokens):
            if start <= token.start < end and tags[i] == "O":
                tags[i] = UNKNOWN
    return Example(text, tuple(tokens), tuple(tags), intent)


def _snips(data: Path) -> Corpus:
    """Published training and validation files; a hundredth of the training texts is dev."""
    files: dict[str, list[Example]] = {"train": [], "validate": []}
    with tarfile.open(data / "text" / "snips-nlu.tar.gz") as tar:
        for member in tar:
            name = Path(member.name).name
            part = name.split("_")[0]
            if part not in files or (part == "train" and not name.endswith("_full.json")):
                continue
            read = tar.extractfile(member)
            assert read is not None, f"{member.name} is a file"
            (intent, rows), *_ = json.loads(read.read().decode("utf-8", "replace")).items()
            files[part] += [_snips_row(row["data"], intent) for row in rows]
    dev = [e for e in files["train"] if _hashed(e.text, 100)]
    return Corpus([e for e in files["train"] if not _hashed(e.text, 100)], dev, files["validate"])


def _snips_row(pieces: Sequence[dict[str, str]], intent: str) -> Example:
    text, spans = "", []
    for piece in pieces:
        if "entity" in piece:
            spans.append((len(text), len(text) + len(piece["text"]), piece["entity"]))
        text += piece["text"]
    return example(text, spans, intent)


def _nlu(data: Path) -> Corpus:
    """The tenth of the texts whose hash says so is held out; a further thirtieth is dev.

    SLURP's sentences, which have the same intents, are learnt from too where they are not among
    those held out.
    """
    rows = []
    with tarfile.open(data / "text" / "nlu-evaluation-data.tar.gz") as tar:
        for line in _member(tar, "utterances_kfold1_train.jsonl").splitlines():
            row: dict[str, Any] = json.loads(line)
            spans = [(e["start"], e["end"], e["entity"]) for e in row["entities"]]
            rows.append(example(row["text"], spans, row["intent"]))
    test = [e for e in rows if _hashed(e.text, 10)]
    rest = [e for e in rows if not _hashed(e.text, 10)]
    dev = [e for e in rest if _hashed(f"dev {e.text}", 30)]
    train = [e for e in rest if not _hashed(f"dev {e.text}", 30)]
    known = {_plain(e.text) for e in rows}
    intents = {e.intent for e in rows}
    more = [e for e in _slurp(data) if e.intent in intents and _plain(e.text) not in known]
    return Corpus(train + more, dev, test)


_MARKED = re.compile(r"\[(?P<name>\w+) : (?P<value>[^]]+)\]")


def _slurp(data: Path) -> Iterator[Example]:
    """Sentences in which slots are marked as ``[currency_name : american dollar]``."""
    with tarfile.open(data / "text" / "slurp-text.tar.gz") as tar:
        lines = _member(tar, "slurp/devel.jsonl").splitlines()
    for row in map(json.loads, lines):
        text, spans, end = "", list[Span](), 0
        marked: str = row["sentence_annotation"]
        for found in _MARKED.finditer(marked):
            text += marked[end : found.start()]
            value = found["value"].strip()
            spans.append((len(text), len(text) + len(value), found["name"]))
            text, end = text + value, found.end()
        yield example(text + marked[end:], spans, row["intent"])


def _plain(text: str) -> str:
    return " ".join(token.text.lower() for token in tokenise(text) if token.text.isalnum())


def _dsner(data: Path) -> Corpus:
    """Published parts; the distantly labelled sentences are learnt from where they are labelled."""
    with tarfile.open(data / "text" / "dsner-zh-ecommerce-ner.tar.gz") as tar:
        parts = {
            name: list(_columns(_member(tar, f"/EC/{name}")))
            for name in ("train", "ds_pa", "dev", "test")
        }
    return Corpus(parts["train"] + parts["ds_pa"], parts["dev"], parts["test"])


def _columns(text: str) -> Iterator[Example]:
    """Sentences of one character and its tag a line."""
    for block in text.strip("\n").split("\n\n"):
        said, spans, unknown = "", list[Span](), list[Span]()
        for line in block.split("\n"):
            if "\t" not in line:
                continue
            piece, tag = line.split("\t")[:2]
            start, end = len(said), len(said) + len(piece or " ")
            said += piece or " "
            if tag.startswith("B-"):
                spans.append((start, end, tag[2:]))
            elif tag.startswith("I-") and spans and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], end, spans[-1][2])
            elif tag == "UNK":
                unknown.append((start, end, ""))
        yield example(said, spans, "shop", unknown)


def _member(tar: tarfile.TarFile, ending: str) -> str:
    name = next(n for n in tar.getnames() if n.endswith(ending))
    read = tar.extractfile(name)
    assert read is not None, f"{name} is a file"
    return read.read().decode("utf-8")


def _hashed(text: str, share: int) -> bool:
    """Whether a text is among the one in ``share`` that its hash picks."""
    return zlib.crc32(text.lower().encode()) % share == 0


CORPORA: dict[str, Callable[[Path], Corpus]] = {"snips": _snips, "nlu": _nlu, "dsner": _dsner}


def read_corpus(name: str, data: Path) -> Corpus:
    """One of ``CORPORA`` from the folder that has ``text/``."""
    return CORPORA[name](data)
