"""What each switch gives: the same recipe trained with it and without, and one table.

    python -m sayfind.training.recipes.ablation PACKED OUT RECIPE.toml [--rows a,b] [key=value ...]

Every row is a run of its own in ``OUT/NAME`` and goes on where it was stopped; ``ablation.json``
and ``ablation.md`` hold the errors on held-out speakers. Set ``loop.steps``, so that all rows are
trained for as long.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sayfind.errors import ConfigError
from sayfind.training.checkpoints import code_version
from sayfind.training.recipes.acoustic import dev_errors, train
from sayfind.training.recipes.acoustic_settings import read_settings

__all__ = ["ROWS", "ablate", "table"]

ROWS: dict[str, tuple[str, ...]] = {
    "base": (),
    "label smoothing": ("regularise.label_smoothing=0.05",),
    "consistency": ("regularise.consistency=0.2",),
    "perturbation": ("regularise.perturbation=0.1",),
    "adversary of origins": ("regularise.origin=0.1",),
    "adversary of accents": ("regularise.accent=0.1",),
    "no dropout": ("network.dropout=0.0",),
    "no other voices or noise": ("batch.plain=1.0",),
    "no other tempo or voice": ("batch.mixing.tempo=0.0", "batch.mixing.voice=0.0"),
    "no weight decay": ("loop.weight_decay=0.0",),
}
"""Settings of each row, over those of the recipe."""

Errors = dict[str, dict[str, float]]


def ablate(
    packed: Path, out: Path, recipe: Path | None, rows: Sequence[str], overrides: Sequence[str]
) -> Errors:
    """Errors of each row by collection; the table is written after every row.

    Raises:
        ConfigError: a row that does not exist, or a wrong setting.
    """
    unknown = set(rows) - set(ROWS)
    if unknown:
        raise ConfigError(f"{min(unknown)!r} is no row; the rows are {', '.join(ROWS)}.")
    found: Errors = {}
    for name in rows:
        folder = out / name.replace(" ", "_")
        train(packed, folder, read_settings(recipe, [*overrides, *ROWS[name]]))
        found[name] = dev_errors(packed, folder)
        record = {"commit": code_version(), "errors": found}
        (out / "ablation.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
        (out / "ablation.md").write_text(table(found), encoding="utf-8")
    return found


def table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Markdown: a line for each row, a column for each collection."""
    columns = list(dict.fromkeys(name for errors in found.values() for name in errors))
    lines = [["", *(name.partition("/")[2] for name in columns)], ["---"] * (1 + len(columns))]
    lines += [[row, *(f"{errors[c]:.3f}" for c in columns)] for row, errors in found.items()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main(arguments: Sequence[str]) -> str:
    """Train as the command line says."""
    packed, out, *rest = arguments
    recipe = Path(rest.pop(0)) if rest and rest[0].endswith(".toml") else None
    rows = list(ROWS)
    if "--rows" in rest:
        at = rest.index("--rows")
        rows = rest[at + 1].split(",")
        del rest[at : at + 2]
    return table(ablate(Path(packed), Path(out), recipe, rows, rest))


if __name__ == "__main__":
    print(main(sys.argv[1:]))
