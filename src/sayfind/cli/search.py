"""``sayfind hear`` and ``sayfind search``: one search, by sound or by text."""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sayfind.types import Context, Language, Screen

if TYPE_CHECKING:
    from sayfind.pipeline import VoiceSearch
    from sayfind.types import Trace

__all__ = ["add_hear", "add_search"]

_HEAR_EXAMPLES = """examples:
  sayfind hear order.wav --shop shop
  sayfind hear voice-note.m4a --shop shop --trace
  sayfind hear order.webm --shop shop --json
"""
_SEARCH_EXAMPLES = """examples:
  sayfind search "running shoes under 130, not black" --shop shop
  sayfind search 不要黑色的耳机 --shop shop -k 5
  sayfind search "adidos shoes" --shop shop --trace
  sayfind search "turn on the kitchen light" --domain home
"""


def add_hear(verbs: Any) -> None:
    """Register the verb."""
    verb = verbs.add_parser(
        "hear",
        help="search by a recording",
        description="Search by a recording: WAV, FLAC, MP3, Ogg, WebM or M4A, up to 60 seconds.",
        epilog=_HEAR_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("input", metavar="RECORDING", help="a sound file")
    verb.set_defaults(run=_hear)
    _add_answer(verb)


def add_search(verbs: Any) -> None:
    """Register the verb."""
    verb = verbs.add_parser(
        "search",
        help="search by text",
        description="Search by text, in English or Chinese.",
        epilog=_SEARCH_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("input", metavar="TEXT", help="the words")
    verb.add_argument(
        "--domain", metavar="NAME",
        help="ask a domain that is compiled for this once: shop, service, home, navigation, "
        "or a folder of your own",
    )  # fmt: skip
    verb.add_argument(
        "--photo", type=Path, metavar="FILE", help="what looks like this picture comes first"
    )
    verb.set_defaults(run=_search)
    _add_answer(verb)


def _add_answer(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--shop", type=Path, default=Path("shop"), help="what `sayfind index` made")
    verb.add_argument(
        "--language", choices=[str(x) for x in Language], default="auto", help="of the speech"
    )
    verb.add_argument("-k", type=_count, default=10, metavar="NUMBER", help="how many products")
    verb.add_argument("--json", action="store_true", help="the whole trace as JSON")
    verb.add_argument("--trace", action="store_true", help="also readings, changes and times")
    verb.add_argument(
        "--explain", action="store_true", help="every decision of correction, with its evidence"
    )


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:9]) < 10**6):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of products")
    return int(text)


def _hear(options: argparse.Namespace) -> None:
    from sayfind.audio.file import load_audio

    audio = load_audio(Path(options.input))
    search = _open(options.shop)
    _show(search.hear(audio, _context(options)), search, options)


def _search(options: argparse.Namespace) -> None:
    if options.domain:
        from sayfind.domains import Domain

        with tempfile.TemporaryDirectory() as folder:
            options.shop = Domain.open(options.domain).build(Path(folder) / "shop").folder
            options.domain = None
            return _search(options)
    search = _open(options.shop)
    context = _context(options)
    if options.photo:
        from sayfind.understanding.photo import load_image

        context = replace(context, screen=Screen(photo=load_image(options.photo)))
    return _show(search.type(options.input, context), search, options)


def _open(folder: Path) -> VoiceSearch:
    from sayfind.pipeline import VoiceSearch
    from sayfind.shop import Shop

    return VoiceSearch(Shop.open(folder))


def _context(options: argparse.Namespace) -> Context:
    return Context(language=Language(options.language), num_hits=options.k)


def _show(trace: Trace, search: VoiceSearch, options: argparse.Namespace) -> None:
    from sayfind.cli.answer import audit_trail, lines_of
    from sayfind.serving.answers import search_response
    from sayfind.serving.protocol import to_json

    if options.json:
        body = to_json(search_response(trace, search.shop, {}))
        print(json.dumps(body, ensure_ascii=False, indent=2))
        return
    print("\n".join(lines_of(trace, search.shop, whole=options.trace)))
    if options.explain:
        print("\n".join(audit_trail(trace)))
