"""``sayfind train``: goes on training the ears on a shop's own recordings."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from sayfind.errors import ConfigError

__all__ = ["add_train"]

_EXAMPLES = """examples:
  sayfind train acoustic --manifest our-shop.tar -o ears/ --minutes 20
  sayfind train acoustic --from wav2vec2-base/ --manifest our-shop.tar -o ears/ --adapters

The set is a tar or folder with manifest.tsv (path, text and, better, speaker). A tenth of the
speakers is held out and measured on. A run that is stopped goes on with the same command.
"""


def add_train(verbs: Any) -> None:
    """Register the verb."""
    verb = verbs.add_parser(
        "train",
        help="go on training the ears on a shop's own recordings",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("what", choices=("acoustic",), help="which model")
    verb.add_argument(
        "--from", dest="start", type=Path, metavar="MODEL",
        help="ears.onnx or a checkpoint of ours, or a folder of a wav2vec 2.0 or HuBERT CTC model"
        " (default: the bundled ears)",
    )  # fmt: skip
    verb.add_argument("--manifest", type=Path, required=True, metavar="SET", help="the recordings")
    verb.add_argument("-o", "--out", type=Path, required=True, help="the folder to make")
    verb.add_argument("--language", choices=("en", "zh"), default="en", help="of the recordings")
    verb.add_argument(
        "--with", dest="more", type=Path, metavar="PACKED",
        help="packed collections to train on too, so that nothing is forgotten (our models)",
    )  # fmt: skip
    verb.add_argument(
        "--adapters", action="store_true", help="train adapters only (models of Transformers)"
    )
    verb.add_argument("--minutes", type=float, default=20.0, help="how long to train")
    verb.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="settings",
        help="a setting of the recipe by its dotted name; may be repeated",
    )  # fmt: skip
    verb.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> None:
    from sayfind.acoustic.ctc import EARS

    start = options.start or EARS
    if not options.minutes > 0:
        raise ConfigError("--minutes is a positive number.")
    if start.is_dir():
        errors, made = _transformers(options, start), options.out / "model"
    else:
        errors, made = _own(options, start), options.out / "ears.onnx"
    for name, value in errors.items():
        print(f"{name} {value:.3f}")
    if not errors:
        print("No speaker was held out, so nothing was measured.", file=sys.stderr)
    print(made)


def _own(options: argparse.Namespace, start: Path) -> dict[str, float]:
    if options.adapters:
        raise ConfigError(
            "--adapters are for models of Transformers; ours are small: leave it out."
        )
    from sayfind.training.recipes.acoustic_settings import read_settings
    from sayfind.training.recipes.transfer import transfer_own

    beside = start.with_name("config.toml")
    gentle = [f"loop.minutes={options.minutes}", "loop.learning_rate=3e-4", "alignment=0.2"]
    settings = read_settings(beside if beside.exists() else None, [*gentle, *options.settings])
    config = replace(settings, start_from=str(start))
    return transfer_own(options.manifest, options.language, options.out, config, options.more)


def _transformers(options: argparse.Namespace, start: Path) -> dict[str, float]:
    if options.more:
        raise ConfigError("--with is for our models; one of Transformers hears no packed sound.")
    from sayfind.config import from_mapping, override, to_mapping
    from sayfind.training.recipes.transfer import TransferConfig, transfer_transformers

    gentle = [f"loop.minutes={options.minutes}", f"adapters={str(options.adapters).lower()}"]
    values = override(to_mapping(TransferConfig()), [*gentle, *options.settings])
    config = from_mapping(TransferConfig, values)
    return transfer_transformers(start, options.manifest, options.out, config)
