"""Runs beside each other: the table of switches, and the search for better settings."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sayfind.data.clips import held_out
from sayfind.errors import ConfigError, FeedError
from sayfind.training.packed_utterances import Packed, Utterance
from sayfind.training.recipes.acoustic_settings import read_settings

pytest.importorskip("torch")

from sayfind.training.recipes import ablation, search

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "runs" / "recipes" / "wav2letter.toml"
SPACE = ROOT / "runs" / "search" / "search.toml"
SMALL = (
    "network.width=16", "network.layers=1", "network.wide=16", "network.front.old_ears=false",
    "loop.steps=3", "loop.save_every=3", "loop.warm_up=1", "loop.progress=false",
    "loop.loggers=[]", "batch.frames=300",
)  # fmt: skip


def spoken(seed: int) -> Utterance:
    mel = np.random.default_rng(seed).normal(-9, 2, (60, 80)).astype(np.float16)
    ends = np.array([0, 30, 60], np.int32)
    return Utterance(mel, ("AA", "S"), ends, f"speaker {seed}", "us")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    Packed(tuple(map(spoken, range(30)))).save(folder / "shop.npz")
    Packed((spoken(0),)).save(folder / "noise.npz")
    return folder


def test_every_row_can_be_read() -> None:
    for recipe in (ROOT / "runs" / "recipes").glob("*.toml"):
        for row in ablation.ROWS.values():
            assert read_settings(recipe, row) != (read_settings(recipe) if row else None)


def test_rows_are_trained_and_told(packed: Path, tmp_path: Path) -> None:
    rows = "base,consistency,adversary of origins"
    told = ablation.main([str(packed), str(tmp_path), str(RECIPE), "--rows", rows, *SMALL])
    lines = told.splitlines()
    assert lines[0] == "|  | shop |"
    assert [line.split(" | ")[0] for line in lines[2:]] == [f"| {r}" for r in rows.split(",")]
    record = json.loads((tmp_path / "ablation.json").read_text())
    assert record["errors"]["base"].keys() == {"phone_errors/shop"}
    assert (tmp_path / "ablation.md").read_text() == told
    adversary = read_settings(tmp_path / "adversary_of_origins" / "config.toml")
    assert adversary.regularise.origin == 0.1


def test_a_row_that_does_not_exist_is_named(packed: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'sugar' is no row"):
        ablation.main([str(packed), str(tmp_path), "--rows", "sugar", *SMALL])


def test_a_search_goes_on_and_keeps_the_best(packed: Path, tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    space = tmp_path / "space.toml"
    space.write_text(
        'trials = 2\n[ranges]\n"loop.learning_rate" = { low = 1e-4, high = 1e-2, log = true }\n'
        '[choices]\n"network.kernel" = ["3", "5"]\n'
    )
    given = [str(packed), str(tmp_path / "out"), str(RECIPE), str(space), *SMALL]
    best = read_settings(search.main(given))
    assert 1e-4 <= best.loop.learning_rate <= 1e-2
    assert best.network.kernel in (3, 5)
    space.write_text(space.read_text().replace("trials = 2", "trials = 3"))
    search.main(given)
    trials = sorted(path.name for path in (tmp_path / "out").glob("trial_*"))
    assert trials == ["trial_0", "trial_1", "trial_2"]


def test_without_anybody_held_out_there_is_no_search(tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    one = [u for n in range(20) if not held_out((u := spoken(n)).speaker)]
    Packed(tuple(one)).save(tmp_path / "shop.npz")
    Packed((spoken(0),)).save(tmp_path / "noise.npz")
    config = search.SearchConfig(trials=1, choices={"network.kernel": ("3",)})
    with pytest.raises(FeedError, match="no held-out speakers"):
        search.search(tmp_path, tmp_path / "out", RECIPE, config, SMALL)


def test_the_space_that_ships_can_be_read() -> None:
    config = search.load_toml(SPACE, search.SearchConfig)
    assert all(read_settings(overrides=[f"{name}={r.low}"]) for name, r in config.ranges.items())


@pytest.mark.parametrize("wrong", [(2.0, 1.0, False), (0.0, 1.0, True)])
def test_ranges_that_make_no_sense_are_refused(wrong: tuple[float, float, bool]) -> None:
    with pytest.raises(ValueError, match="low is less"):
        search.Range(*wrong)
    with pytest.raises(ValueError, match="name a setting"):
        search.SearchConfig()
