"""What strangers and shop owners write, by coverage-guided fuzzing (atheris): messages and feeds.

The parser of the socket's messages, of searches and of feedback, redaction, and the readers of
feeds (CSV, JSON lines, XML): each text is read or refused by one of our errors. Whatever else is
raised ends the run, and atheris prints the text.

    python -m pip install atheris
    python -m benchmarks.fuzz_text messages --runs 200000
    python -m benchmarks.fuzz_text feeds --runs 5000
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sayfind.serving", "sayfind.catalog"]):
    from sayfind.catalog.load import load_products
    from sayfind.errors import SayfindError
    from sayfind.privacy.redaction import redact
    from sayfind.serving.feedback import read_events
    from sayfind.serving.intake import ask_of
    from sayfind.serving.limits import ServingConfig
    from sayfind.serving.stream_messages import read_start, read_type

CONFIG = ServingConfig()
SEEDS = {
    "messages": [
        b'{"type": "start", "format": "pcm_s16le", "rate": 16000, "k": 3, "context": {}}',
        b'{"text": "shoes", "removed": [{"field": "price", "value": {"low": 1, "high": null}}]}',
        b'{"session": "visit-0001", "events": [{"trace_id": "t", "action": "clicked", "rank": 1}]}',
        '{"text": "我叫王小明 13800138000", "screen": {"products": ["1"], "tags": []}}'.encode(),
    ],
    "feeds": [
        b'csv\nid,title,price,brand\n1,Red shoe,9.5,Nike\n2,"a ""b""",1 USD,\n',
        b'jsonl\n{"id": "1", "title": "Red shoe", "price": 9.5, "brand": ["Nike"]}\n',
        b"xml\n<rss><channel><item><id>1</id><title>Shoe</title></item></channel></rss>",
        b"tsv\nid\ttitle\n1\tRed shoe\n",
    ],
}


def message(data: bytes) -> None:
    """One text as everything that a client may send."""
    text = data.decode("utf-8", "replace")
    redact(text[:500])
    for read in (_start, _ask, lambda text: read_events(text.encode(), 0.0)):
        try:
            read(text)
        except SayfindError:
            continue


def _start(text: str) -> None:
    kind, fields = read_type(text)
    if kind == "start":
        read_start(fields, CONFIG)


def _ask(text: str) -> None:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return
    ask_of(fields, CONFIG)


def feed(data: bytes) -> None:
    """One file: its first line is its ending, the rest what it holds."""
    kind, _, body = data.partition(b"\n")
    ending = kind.decode("ascii", "replace")
    if ending not in ("csv", "tsv", "jsonl", "xml", "json"):
        return
    path = Path(tempfile.gettempdir()) / f"sayfind-fuzz.{ending}"
    path.write_bytes(body)
    try:
        load_products(path)
    except SayfindError:
        return
    finally:
        path.unlink()


TARGETS: dict[str, Callable[[bytes], None]] = {"messages": message, "feeds": feed}


def main() -> None:
    """Run one target; atheris ends the process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--runs", type=int, default=50_000)
    options = parser.parse_args()
    corpus = Path(tempfile.mkdtemp(prefix="sayfind-fuzz-"))
    for number, seed in enumerate(SEEDS[options.target]):
        (corpus / str(number)).write_bytes(seed)
    words = [sys.argv[0], str(corpus), f"-runs={options.runs}", "-max_len=2000", "-seed=1"]
    atheris.Setup(words, TARGETS[options.target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
