"""``sayfind privacy``: what is kept of people: given back, forgotten, counted unseen."""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sayfind.feedback.log import EventLog
    from sayfind.privacy.vault import AudioVault

__all__ = ["add_privacy", "open_vault"]

_EXAMPLES = """examples:
  sayfind privacy key > audio.key
  sayfind privacy export visit-0001 --shop shop --out visit
  sayfind privacy forget visit-0001 --shop shop --audio voices --audio-key audio.key
  sayfind privacy expire --shop shop --set event_days=90
  sayfind privacy counts --shop shop
"""


def add_privacy(verbs: Any) -> None:
    """Register the verb."""
    verb = verbs.add_parser(
        "privacy",
        help="export, forget, expire and count what is kept of people",
        description="key: print a fresh key for recordings. export, forget: what one session did "
        "and gave. expire: erase what is too old. counts: what was asked how often, with noise, so "
        "that nobody's question can be told from the table.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = ["key", "export", "forget", "expire", "counts"]
    verb.add_argument("action", choices=actions, help="what to do")
    verb.add_argument("session", nargs="?", default="", help="whose, for export and forget")
    verb.add_argument("--shop", type=Path, default=Path("shop"), help="what `sayfind index` made")
    verb.add_argument(
        "--log", default="", help="a log's file or postgresql:// address, if not the shop's own"
    )
    add_vault(verb)
    verb.add_argument("--out", type=Path, default=Path("export"), help="folder of an export")
    verb.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="settings",
        help="a setting of RetentionConfig (expire) or PrivateCountConfig (counts)",
    )  # fmt: skip
    verb.set_defaults(run=_privacy)


def add_vault(verb: Any) -> None:
    """The options that name a folder of recordings and its key."""
    verb.add_argument("--audio", type=Path, metavar="FOLDER", help="recordings that were given")
    verb.add_argument(
        "--audio-key", type=Path, metavar="FILE", help="their key, if not in SAYFIND_AUDIO_KEY"
    )


def open_vault(options: argparse.Namespace) -> AudioVault | None:
    """The recordings that the options name, if any.

    Raises:
        ConfigError: there is no key.
        MissingExtraError: the extra ``privacy`` is not installed.
    """
    from sayfind.privacy.vault import RecordingsConfig

    return RecordingsConfig(str(options.audio or ""), str(options.audio_key or "")).open()


def _privacy(options: argparse.Namespace) -> None:
    from sayfind.cli.learn import open_log
    from sayfind.errors import InputError
    from sayfind.privacy.vault import new_key

    if options.action == "key":
        print(new_key())
        return
    if options.action in ("export", "forget") and not options.session:
        raise InputError(f"Name the session: `sayfind privacy {options.action} SESSION`.")
    vault, log = open_vault(options), open_log(options.log, options.shop)
    try:
        _ACTIONS[options.action](options, log, vault)
    finally:
        log.close()


def _export(options: argparse.Namespace, log: EventLog, vault: AudioVault | None) -> None:
    from sayfind.privacy.retention import export

    count = export(options.session, options.out, log, vault)
    print(f"{count} events and recordings written to {options.out}.")


def _forget(options: argparse.Namespace, log: EventLog, vault: AudioVault | None) -> None:
    from sayfind.privacy.retention import forget

    events, recordings = forget(options.session, log, vault)
    print(f"{events} events and {recordings} recordings erased.")


def _expire(options: argparse.Namespace, log: EventLog, vault: AudioVault | None) -> None:
    from sayfind.config import from_mapping, override
    from sayfind.privacy.retention import RetentionConfig, expire

    config = from_mapping(RetentionConfig, override({}, options.settings))
    events, recordings = expire(time.time(), log, vault, config)
    print(f"{events} events and {recordings} recordings erased.")


def _counts(options: argparse.Namespace, log: EventLog, _: AudioVault | None) -> None:
    from sayfind.config import from_mapping, override
    from sayfind.privacy.counts import PrivateCountConfig, private_counts, threshold
    from sayfind.text.normalise import normalise
    from sayfind.types import Action

    config = from_mapping(PrivateCountConfig, override({}, options.settings))
    asked = (
        (event.session, normalise(event.text))
        for _, event in log.read()
        if event.action is Action.ASKED and event.text
    )
    for text, count in private_counts(asked, random.SystemRandom(), config):
        print(f"{count:>8}  {text}")
    print(f"(epsilon {config.epsilon:g}; what fewer than {threshold(config)} asked is left out)")


_ACTIONS = {"export": _export, "forget": _forget, "expire": _expire, "counts": _counts}
