"""``sayfind voice``: gives text queries voices, rooms and noises."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

from sayfind.errors import ConfigError

__all__ = ["add_voice"]

_CODECS = ("none", "telephone", "opus12")
_EXAMPLES = """examples:
  sayfind voice queries.txt -o spoken/
  sayfind voice qrels.tsv --qrels -o spoken/ --voice flite:slt --voice espeak:en-gb
  sayfind voice queries.tsv -o noisy/ --noise babble --snr 24,12 --codec telephone
"""


def add_voice(verbs: Any) -> None:
    """Register the verb."""
    verb = verbs.add_parser(
        "voice",
        help="make a spoken set out of text queries",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("queries", type=Path, help="one a line, or a tsv with a column query (id)")
    verb.add_argument("-o", "--out", type=Path, required=True, help="the folder to make")
    verb.add_argument(
        "--qrels", action="store_true", help="QUERIES are judgements: each query once, copied too"
    )
    verb.add_argument("--split", choices=("test", "train"), default="test", help="what it is for")
    verb.add_argument(
        "--seed", type=int, default=0, help="of every draw: speed, pitch, room, place in the noise"
    )
    verb.add_argument("--jobs", type=int, default=1, help="programs that speak at a time")
    _add_sound(verb)
    verb.set_defaults(run=_voice)


def _add_sound(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--voice", action="append", default=[], metavar="VOICE",
        help="flite:NAME, espeak:NAME[+VARIANT] or 'command:PROGRAM {text} {out}'; may be repeated",
    )  # fmt: skip
    verb.add_argument("--speed", type=_numbers, default=(1.0,), help="factors, one drawn for each")
    verb.add_argument("--pitch", type=_numbers, default=(1.0,), help="factors, one drawn for each")
    verb.add_argument("--rir", type=Path, help="a set of room responses, one drawn for each")
    verb.add_argument("--noise", default="", help="pink, white, babble[:SET], a file or a set")
    verb.add_argument("--snr", type=_numbers, default=(), help="decibels, e.g. 24,12: each is made")
    verb.add_argument(
        "--codec",
        action="append",
        default=[],
        choices=_CODECS,
        help="each is made; may be repeated",
    )
    verb.add_argument(
        "--apart-from", type=Path, action="append", default=[], metavar="SET",
        help="refuse voices that speak in this set",
    )  # fmt: skip


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers") from error


def _voice(options: argparse.Namespace) -> None:
    from sayfind.data.codec import Codec
    from sayfind.data.make import make_set
    from sayfind.data.queries import read_queries
    from sayfind.data.sets import SpokenSet
    from sayfind.data.speakings import VoiceSetConfig
    from sayfind.data.voices import Side, Voice

    found = read_queries(options.queries, qrels=options.qrels)
    config = VoiceSetConfig(
        voices=tuple(options.voice),
        speeds=options.speed,
        pitches=options.pitch,
        rooms=options.rir,
        noise=options.noise,
        snrs=options.snr,
        codecs=tuple(map(Codec, options.codec)) or (Codec.NONE,),
        seed=options.seed,
        side=Side(options.split),
    )
    speakers = {
        Voice.parse(voice).speaker for voice in config.voices or config.split.voices(config.side)
    }
    for path in options.apart_from:
        shared = speakers & {case.speaker for case in SpokenSet.open(path).cases}
        if shared:
            raise ConfigError(f"{min(shared)} speaks in {path} too; the two may not share a voice.")
    report = make_set(found.queries, options.out, config, jobs=options.jobs, show_progress=True)
    if options.qrels:
        shutil.copyfile(options.queries, options.out / "qrels.tsv")
    left_out = (*found.left_out, *report.left_out)
    for entry in left_out:
        print(f"  {entry.id}: {entry.reason}: {entry.detail}", file=sys.stderr)
    print(
        f"{report.clips} clips of {len(found.queries)} queries in {options.out}"
        f" ({report.kept} were there already), {len(left_out)} left out."
    )
