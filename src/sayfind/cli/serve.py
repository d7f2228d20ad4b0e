"""``sayfind serve``: the page, the REST interface and the socket for speech, over one shop."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

__all__ = ["add_serve"]

_EXAMPLES = """examples:
  sayfind serve --shop shop
  sayfind serve --shop shop --feedback
  sayfind serve --shop shop --host 0.0.0.0 --port 80 --set workers=4
  sayfind index feed.csv -o shop && kill -HUP $(pgrep -f "sayfind serve")
  curl -F audio=@order.wav http://127.0.0.1:8080/v1/search
  curl --json '{"text": "nike shoes"}' http://127.0.0.1:8080/v1/search
"""


def add_serve(verbs: Any) -> None:
    """Register the verb."""
    verb = verbs.add_parser(
        "serve",
        help="serve the page, the REST interface and the socket for speech",
        description="Serve the page, the REST interface (GET /openapi.json) and the socket for "
        "speech (GET /asyncapi.json) until interrupted. On SIGHUP the shop is opened again and "
        "exchanged, without a search or a socket being dropped.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("--shop", type=Path, default=Path("shop"), help="what `sayfind index` made")
    verb.add_argument("--host", default="127.0.0.1", help="0.0.0.0 to be reached from outside")
    verb.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    verb.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="settings",
        help="a setting of ServingConfig (docs/config.md); may be repeated",
    )  # fmt: skip
    verb.add_argument(
        "--feedback", nargs="?", const="", metavar="LOG",
        help="keep what shoppers do who agree, for `sayfind learn`: beside the shop, in a file, or "
        "at a postgresql:// address",
    )  # fmt: skip
    verb.set_defaults(run=_serve)


def _serve(options: argparse.Namespace) -> None:
    from sayfind.cli.learn import open_log
    from sayfind.config import from_mapping, override
    from sayfind.pipeline import VoiceSearch
    from sayfind.serving import ServingConfig, serve
    from sayfind.shop import Shop

    def open_search() -> VoiceSearch:
        search = VoiceSearch(Shop.open(options.shop))
        # The first search reads tables that later ones find ready; no shopper waits for them.
        search.type("ready steady")
        return search

    config = from_mapping(ServingConfig, override({}, options.settings))
    log = None if options.feedback is None else open_log(options.feedback, options.shop)
    serve(
        open_search,
        host=options.host,
        port=options.port,
        config=config,
        announce=lambda url: print(f"sayfind is listening on {url}", flush=True),
        log=log,
    )
