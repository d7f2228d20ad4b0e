"""``sayfind VERB``: thin verbs over the Python interface, one module each."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import sayfind
from sayfind.cli.evaluate import add_evaluate
from sayfind.cli.index import add_index
from sayfind.cli.keys import add_keys
from sayfind.cli.learn import add_learn
from sayfind.cli.privacy import add_privacy
from sayfind.cli.search import add_hear, add_search
from sayfind.cli.serve import add_serve
from sayfind.cli.train import add_train
from sayfind.cli.update import add_update
from sayfind.cli.voice import add_voice
from sayfind.errors import SayfindError

__all__ = ["main", "make_parser"]

VERBS = (
    add_index, add_update, add_hear, add_search, add_serve, add_keys, add_learn, add_privacy,
    add_evaluate, add_train, add_voice,
)  # fmt: skip
_EXAMPLES = """examples:
  sayfind index products.csv -o shop
  sayfind search "black backpack not leather" --shop shop
  sayfind serve --shop shop

Exit codes: 0 done; 2 a wrong argument, sound, text or feed; 3 a setting; 4 a package is missing;
5 a shop or model that does not fit; 6 the disk; 7 too much at once; 8 no key for this;
130 interrupted.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code is the error's (see ``sayfind.errors``)."""
    options = make_parser().parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
    except SayfindError as error:
        print(f"sayfind: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has enough of it; python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def make_parser() -> argparse.ArgumentParser:
    """The parser of every verb; ``docs/cli.md`` is made from it."""
    parser = argparse.ArgumentParser(
        prog="sayfind",
        description="Voice search that knows your shop.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"sayfind {sayfind.__version__}")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for add in VERBS:
        add(verbs)
    return parser


if __name__ == "__main__":
    sys.exit(main())
