"""``sayfind index | hear | search | serve``: thin verbs over the Python interface."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from sayfind.cli.evaluate import add_evaluate
from sayfind.cli.voice import add_voice
from sayfind.errors import SayfindError
from sayfind.types import Context, Language, Trace

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code is the error's (see ``sayfind.errors``)."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except SayfindError as error:
        print(f"sayfind: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sayfind", description=__import__("sayfind").__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    index = verbs.add_parser("index", help="compile a product feed into a shop")
    index.add_argument("feed", help="csv, tsv, jsonl, parquet, xml, or an SQLAlchemy URL")
    index.add_argument("-o", "--out", type=Path, default=Path("shop"))
    index.add_argument("--queries", type=Path, help="a text file of what shoppers asked before")
    index.add_argument("--column", action="append", default=[], metavar="FIELD=COLUMN")
    index.add_argument("--query", default="", help="the SELECT, for a database")
    index.add_argument("--strict", action="store_true", help="stop at the first bad row")
    index.set_defaults(run=_index)
    for name, what, run in (
        ("hear", "search by a recording", _hear),
        ("search", "search by text", _search),
    ):
        verb = verbs.add_parser(name, help=what)
        verb.add_argument("input", help="a sound file" if name == "hear" else "the words")
        verb.add_argument("--shop", type=Path, default=Path("shop"))
        verb.add_argument("--language", choices=[str(x) for x in Language], default="auto")
        verb.add_argument("-k", type=int, default=10, help="how many products")
        verb.add_argument("--json", action="store_true", help="the whole Trace as JSON")
        verb.add_argument("--trace", action="store_true", help="also readings, changes and times")
        verb.set_defaults(run=run)
    serve = verbs.add_parser("serve", help="serve the page and the REST interface")
    serve.add_argument("--shop", type=Path, default=Path("shop"))
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8080)
    serve.set_defaults(run=_serve)
    add_evaluate(verbs)
    add_voice(verbs)
    return parser


def _index(options: argparse.Namespace) -> None:
    from sayfind.catalog.options import LoadOptions
    from sayfind.errors import ConfigError, InputError
    from sayfind.shop import Shop

    columns = {}
    for pair in options.column:
        field, equals, column = pair.partition("=")
        if not equals:
            raise ConfigError(f"--column is written FIELD=COLUMN, not {pair!r}.")
        columns[field] = column
    queries: list[str] = []
    if options.queries:
        try:
            queries = options.queries.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"Cannot read the queries in {options.queries}.") from error
    load = LoadOptions(columns=columns, query=options.query, strict=options.strict)

    def say(stage: str) -> None:
        print(f"  {stage} ...", file=sys.stderr, flush=True)

    shop, report = Shop.build(options.feed, options.out, [q for q in queries if q], load, say)
    for rejection in report.rejected[:20]:
        print(f"  line {rejection.line}: {rejection.reason}", file=sys.stderr)
    print(f"{shop.num_products} products in {options.out}, {len(report.rejected)} rows left out.")


def _hear(options: argparse.Namespace) -> None:
    from sayfind.audio.file import load_audio
    from sayfind.pipeline import VoiceSearch
    from sayfind.shop import Shop

    audio = load_audio(Path(options.input))
    search = VoiceSearch(Shop.open(options.shop))
    _show(search.hear(audio, _context(options)), search.shop, options)


def _search(options: argparse.Namespace) -> None:
    from sayfind.pipeline import VoiceSearch
    from sayfind.shop import Shop

    search = VoiceSearch(Shop.open(options.shop))
    _show(search.type(options.input, _context(options)), search.shop, options)


def _serve(options: argparse.Namespace) -> None:
    from sayfind.pipeline import VoiceSearch
    from sayfind.serving import serve
    from sayfind.shop import Shop

    search = VoiceSearch(Shop.open(options.shop))
    serve(
        search,
        host=options.host,
        port=options.port,
        announce=lambda url: print(f"sayfind is listening on {url}", flush=True),
    )


def _context(options: argparse.Namespace) -> Context:
    return Context(language=Language(options.language), num_hits=options.k)


def _show(trace: Trace, shop: object, options: argparse.Namespace) -> None:
    from sayfind.serving.protocol import search_response, to_json
    from sayfind.shop import Shop

    assert isinstance(shop, Shop)
    if options.json:
        print(json.dumps(to_json(search_response(trace, shop, {})), ensure_ascii=False, indent=2))
        return
    print(f"heard      {trace.heard.text or '(nothing)'}")
    if trace.corrected.text != trace.heard.text:
        print(f"corrected  {trace.corrected.text}")
    for wish in trace.query.constraints:
        print(f"wish       {'not ' if wish.negated else ''}{wish.field}: {wish.value}")
    for note in trace.notes:
        print(f"note       {note}")
    for rank, hit in enumerate(trace.hits, 1):
        product = shop.product(hit.product_id)
        price = f"{product.price:.2f} {product.currency}" if product.price is not None else ""
        print(f"{rank:>4}  {product.title[:70]:<70}  {price}")
    if options.trace:
        for text, share in zip(trace.heard.hypotheses, trace.heard.probabilities, strict=True):
            print(f"reading    {share:.3f}  {text.text}")
        for change in trace.changes:
            print(f"change     {change.before} -> {change.after}: {change.reason}")
        print("seconds    " + "  ".join(f"{k} {v:.3f}" for k, v in trace.seconds.items()))


if __name__ == "__main__":
    sys.exit(main())
