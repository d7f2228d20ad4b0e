"""The acoustic recipe on a few tones: settings from TOML, every architecture, packing to export."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.acoustic.networks import ARCHITECTURES
from sayfind.acoustic.networks.configs import ConformerConfig
from sayfind.acoustic.tokens import TextTokens
from sayfind.decoding.lexicon_beam import LexiconDecoder
from sayfind.errors import ConfigError, FeedError, ModelError
from sayfind.training.packed_utterances import Packed, Utterance
from sayfind.training.recipes.acoustic_settings import AcousticTraining, read_settings
from sayfind.types import Audio

pytest.importorskip("torch")
pytest.importorskip("onnx")

from sayfind.training.export_ears import export_ears
from sayfind.training.recipes.acoustic import load, main, mean_frame
from sayfind.training.spelling import spelled
from sayfind.training.starting_weights import read_weights
from sayfind.training.utterances import Collection

ROOT = Path(__file__).parents[2]
RECIPES = sorted((ROOT / "runs" / "recipes").glob("*.toml"))
PHONES = ("AA", "S", "M", "IY")
QUICK = (
    "loop.steps=60", "loop.save_every=30", "loop.report_every=60", "loop.warm_up=5",
    "loop.learning_rate=0.005", "loop.progress=false", "loop.loggers=[]", "batch.frames=800",
    "batch.plain=1.0", "batch.longest_join=10",
)  # fmt: skip
SMALL = {
    "conv_recurrent": ("network.width=24", "network.hidden=12", "network.blocks=[1]",
                       "network.old_ears=false"),
    "deep_speech2": ("network.width=24", "network.convolutions=1", "network.recurrent=1",
                     "network.front.old_ears=false"),
    "wav2letter": ("network.width=24", "network.layers=1", "network.wide=24",
                   "network.front.old_ears=false"),
    "conformer": ("network.width=24", "network.blocks=1", "network.heads=2",
                  "network.front.old_ears=false"),
}  # fmt: skip


def spoken(seed: int, speaker: str) -> Utterance:
    rng = np.random.default_rng(seed)
    said = rng.integers(0, len(PHONES), 4)
    mel = rng.normal(-12, 0.3, (80, 80)).astype(np.float32)
    for place, phone in enumerate(said):
        mel[20 * place : 20 * place + 20, 20 * phone : 20 * phone + 20] += 9
    names = tuple(PHONES[phone] for phone in said)
    return Utterance(
        mel.astype(np.float16), names, np.arange(0, 81, 20, dtype=np.int32), speaker, "tones"
    )


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    items = [spoken(n, f"speaker {n % 40}") for n in range(120)]
    empty = Utterance(np.zeros((0, 80), np.float16), ("SIL",), np.zeros(2, np.int32), "x", "")
    Packed((*items, empty)).save(folder / "vctk-mini.npz")
    Packed(tuple(items[:40])).save(folder / "our-shop.npz")
    noise = np.random.default_rng(0).normal(-9, 1, (200, 80)).astype(np.float16)
    silent = Utterance(noise, ("SIL",), np.array([0, 200], np.int32), "noise", "")
    Packed((silent,)).save(folder / "noise.npz")
    return folder


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_trains_and_is_exported(
    packed: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / name
    recipe = ROOT / "runs" / "recipes" / f"{name}.toml"
    weights = main([str(packed), str(out), str(recipe), *QUICK, *SMALL[name]])
    lines = capsys.readouterr().out.splitlines()
    figures = [float(line.split(" valid ")[1].split()[0]) for line in lines]
    assert len(figures) == 2
    assert figures[1] < figures[0]
    assert "phone_errors/our-shop" in lines[-1]
    assert weights.exists()
    assert read_settings(out / "config.toml").architecture == name
    assert export_ears(out / "ears.pt", out / "ears.onnx") < 0.05
    heard = CtcAcousticModel(out / "ears.onnx").posteriors(
        Audio(np.zeros(8_000, np.float32), 16_000)
    )
    assert np.isfinite(heard.log_probs).all()


@pytest.mark.parametrize("source", ["ears.pt", "ears_weights.pt", "ears.onnx"])
def test_a_trained_model_is_trained_on(packed: Path, tmp_path: Path, source: str) -> None:
    small = (*QUICK, *SMALL["conv_recurrent"])
    main([str(packed), str(tmp_path / "a"), *small])
    export_ears(tmp_path / "a" / "ears.pt", tmp_path / "a" / "ears.onnx")
    start = f'start_from="{tmp_path / "a" / source}"'
    main([str(packed), str(tmp_path / "b"), *small, start, "loop.learning_rate=1e-9"])
    one, other = (read_weights(tmp_path / name / "ears.pt") for name in ("a", "b"))
    for name, values in one.items():
        step = float(values.abs().max()) / 127
        assert np.allclose(values, other[name], atol=step + 1e-6), name


@pytest.mark.parametrize("kind", ["characters", "bpe"])
def test_texts_can_be_learnt_in_place_of_phones(
    packed: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    small = (*QUICK, *SMALL["wav2letter"], "pieces=12", "loop.steps=30")
    recipe = str(ROOT / "runs" / "recipes" / "wav2letter.toml")
    main([str(packed), str(tmp_path / "a"), recipe, *small, f"tokens={kind}"])
    unit = "character" if kind == "characters" else "piece"
    assert f"{unit}_errors/our-shop" in capsys.readouterr().out
    names = TextTokens.open(tmp_path / "a" / "tokens.txt").names
    assert read_settings(tmp_path / "a" / "config.toml").network.num_tokens == len(names)
    export_ears(tmp_path / "a" / "ears.pt", tmp_path / "a" / "ears.onnx")
    model = CtcAcousticModel(tmp_path / "a" / "ears.onnx")
    assert model.tokens == names
    lexicon = {"tones": [TextTokens(names).spell("tones")]}
    assert LexiconDecoder(model.tokens, lexicon, None).words == ("tones",)
    start = f'start_from="{tmp_path / "a" / "ears.pt"}"'  # the layer of tokens is begun anew
    main([str(packed), str(tmp_path / "b"), recipe, *small, start])
    assert not (tmp_path / "b" / "tokens.txt").exists()


def test_unknown_phones_are_named_counted_and_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = spoken(0, "a"), replace(spoken(1, "b"), phones=("AA", "QQ", "S", "M"))
    found = spelled([Collection("shop", (good, bad), 1.0)], {"shop": [bad]}, AcousticTraining())
    assert found.learn[0].utterances == (good,)
    assert found.check == {}
    assert capsys.readouterr().out == "1 utterances left out, unknown phones: QQ\n"
    with pytest.raises(FeedError, match="phone space"):
        spelled([Collection("shop", (bad,), 1.0)], {}, AcousticTraining())


def test_weights_of_another_network_are_refused(packed: Path, tmp_path: Path) -> None:
    main([str(packed), str(tmp_path / "a"), *QUICK, *SMALL["conv_recurrent"]])
    start = f'start_from="{tmp_path / "a" / "ears.pt"}"'
    with pytest.raises(ModelError, match="does not fit"):
        main([str(packed), str(tmp_path / "b"), *QUICK, *SMALL["conv_recurrent"], start,
              "network.width=32"])  # fmt: skip
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match="export_ears"):
        read_weights(tmp_path / "bad.onnx")


def test_speakers_are_held_out_and_empty_utterances_dropped(packed: Path) -> None:
    learn, check = load(packed)
    names = [collection.name for collection in learn]
    assert names == ["our-shop", "vctk-mini"]
    assert list(check) == ["our-shop"]
    trained = {u.speaker for u in learn[0].utterances}
    assert not trained & {u.speaker for u in check["our-shop"]}
    assert all(len(u.log_mel) for c in learn for u in c.utterances)
    assert len(load(packed, ("vctk-mini",))[0]) == 1
    assert mean_frame(learn).shape == (80,)
    assert abs(mean_frame(learn).mean()) < 1e-3


def test_of_few_speakers_texts_are_held_out(packed: Path) -> None:
    learn, check = load(packed, by_sentence=("vctk-mini",))
    trained = {u.text for c in learn if c.name == "vctk-mini" for u in c.utterances}
    assert not trained & {u.text for u in check.get("vctk-mini", [])}


def test_nothing_to_train_on_is_an_error(packed: Path, tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="no packed collection"):
        main([str(tmp_path), str(tmp_path / "out")])
    (tmp_path / "a.npz").write_bytes((packed / "our-shop.npz").read_bytes())
    with pytest.raises(FeedError, match=r"noise\.npz"):
        main([str(tmp_path), str(tmp_path / "out"), *QUICK])


def test_an_override_leaves_the_recipes_other_settings_alone(tmp_path: Path) -> None:
    defaults = AcousticTraining()
    changed = read_settings(None, ["loop.minutes=7", "batch.mixing.clean=0.5"])
    assert changed.loop.minutes == 7
    assert changed.loop.average == defaults.loop.average == 0.998
    assert changed.loop.weight_decay == defaults.loop.weight_decay
    assert changed.batch.mixing.clean == 0.5
    assert changed.batch.frames == defaults.batch.frames
    (tmp_path / "r.toml").write_text('architecture = "conformer"\n[network]\nblocks = 2\n')
    conformer = read_settings(tmp_path / "r.toml", ["network.heads=2"])
    assert conformer.network == ConformerConfig(blocks=2, heads=2)
    assert conformer.loop == defaults.loop


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('architecture = "transformer"', "transformer"),
        ("[network]\nwidht = 3", "width"),
        ("[loop]\nminutes = -1", "positive"),
        ("[[", "not valid TOML"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "r.toml").write_text(text)
    with pytest.raises(ConfigError, match=reason):
        read_settings(tmp_path / "r.toml")
    with pytest.raises(ConfigError, match="Cannot read"):
        read_settings(tmp_path / "none.toml")


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_recipes_can_be_read(path: Path) -> None:
    assert read_settings(path).loop.minutes > 0


def test_the_run_scripts_are_whole_shell() -> None:
    scripts = sorted((ROOT / "runs").glob("base_model*.sh"))
    assert len(scripts) == 2
    for script in scripts:
        subprocess.run(["bash", "-n", str(script)], check=True)
        assert os.access(script, os.X_OK)
