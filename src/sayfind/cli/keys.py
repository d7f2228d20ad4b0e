"""``sayfind keys``: make, list and revoke the keys of a server."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sayfind.serving.security import KeyRing

__all__ = ["add_keys"]

_DAY = 86_400.0
_EXAMPLES = """examples:
  sayfind keys add page --file keys.json --rate 5 --per-day 2000
  sayfind keys add warehouse --file keys.json --may write --days 90
  sayfind keys list --file keys.json
  sayfind keys revoke page --file keys.json
  sayfind serve --shop shop --set security.keys=keys.json
"""


def add_keys(verbs: Any) -> None:
    """Register the verb."""
    verb = verbs.add_parser(
        "keys",
        help="make, list and revoke the keys of a server",
        description="Keys for `sayfind serve --set security.keys=FILE`. A key is shown once, when "
        "it is made; the file holds hashes. A running server notices a change within a second.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("action", choices=["add", "list", "revoke"], help="what to do")
    verb.add_argument("name", nargs="?", default="", help="whose key; or its id, to revoke it")
    verb.add_argument("--file", type=Path, default=Path("keys.json"), help="the keys file")
    verb.add_argument(
        "--may", nargs="+", choices=["search", "write", "staff"], default=["search"],
        help="what it opens: search; write (change products); staff (figures and status)",
    )  # fmt: skip
    verb.add_argument("--rate", type=float, default=0.0, help="requests a second; 0: no bound")
    verb.add_argument("--per-day", type=int, default=0, help="requests a day (UTC); 0: no bound")
    verb.add_argument("--max-bytes", type=int, default=0, help="of a body; 0: the server's own")
    verb.add_argument("--max-seconds", type=float, default=0.0, help="of a recording; 0: the same")
    verb.add_argument("--days", type=float, default=0.0, help="until it expires; 0: never")
    verb.set_defaults(run=_keys)


def _keys(options: argparse.Namespace) -> None:
    from sayfind.errors import InputError
    from sayfind.serving.security import KeyRing

    ring = KeyRing(options.file)
    if options.action == "list":
        _list(ring)
    elif not options.name:
        raise InputError(f"Name the key: `sayfind keys {options.action} NAME`.")
    elif options.action == "revoke":
        print(f"Revoked {ring.revoke(options.name).id}.")
    else:
        _add(ring, options)


def _add(ring: KeyRing, options: argparse.Namespace) -> None:
    from sayfind.serving.security import ApiKey, Scope

    now = time.time()
    key = ApiKey(
        id="",
        name=options.name,
        hash="",
        scopes=tuple(Scope(word) for word in options.may),
        rate=options.rate,
        per_day=options.per_day,
        max_bytes=options.max_bytes,
        max_seconds=options.max_seconds,
        created=now,
        expires=now + options.days * _DAY if options.days else 0.0,
    )
    print(ring.add(key))


def _list(ring: KeyRing) -> None:
    for key in ring.keys().values():
        ends = time.strftime("%Y-%m-%d", time.gmtime(key.expires)) if key.expires else "never"
        may = ",".join(key.scopes)
        print(f"{key.id}  {key.name:<20} {may:<20} {key.rate:g}/s {key.per_day}/day  ends {ends}")
