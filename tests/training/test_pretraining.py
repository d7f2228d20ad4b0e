"""What is hidden is guessed better and better, without a transcript; then phones are learnt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.acoustic.networks import build_network
from sayfind.acoustic.networks.configs import ConformerConfig, FrontEndConfig
from sayfind.errors import FeedError
from sayfind.training.packed_utterances import Packed, Utterance
from sayfind.training.utterances import plain_batch

torch = pytest.importorskip("torch")

from sayfind.training.pretext import (  # noqa: E402
    PretextConfig,
    hidden_rows,
    pretext_loss,
    with_pretext,
)
from sayfind.training.recipes import acoustic, pretraining  # noqa: E402
from sayfind.training.starting_weights import read_weights  # noqa: E402

TINY = ConformerConfig(width=24, blocks=1, heads=2, front=FrontEndConfig(old_ears=False))
PRETEXT = PretextConfig(codes=16, code_width=4, share=0.1, span=3)
SMALL = (
    "architecture=conformer", "network.width=24", "network.blocks=1", "network.heads=2",
    "network.front.old_ears=false", "loop.steps=12", "loop.save_every=6", "loop.warm_up=2",
    "batch.frames=500", "batch.longest=160", "pretext.codes=16",
)  # fmt: skip


GENTLE = ("loop.learning_rate=1e-9", "batch.longest=400")


def melody(seed: int, text: str, num_frames: int = 200) -> Utterance:
    """Ten-frame tones that climb: what comes can be told from what went before."""
    rng = np.random.default_rng(seed)
    mel = rng.normal(-12, 0.3, (num_frames, 80)).astype(np.float16)
    first = int(rng.integers(0, 8))
    for place in range(num_frames // 10):
        band = 10 * ((first + place) % 8)
        mel[10 * place : 10 * place + 10, band : band + 10] += 9
    ends = np.array([0, num_frames], np.int32)
    return Utterance(mel, ("AA",) if text else ("SIL",), ends, f"speaker {seed}", text)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), st.integers(0, 99))
def test_what_is_hidden_is_inside(lengths: list[int], seed: int) -> None:
    rows = np.array(lengths)
    hidden = hidden_rows(rows, int(rows.max()) + 2, PRETEXT, np.random.default_rng(seed))
    assert hidden.any(axis=1).all()
    for row, length in zip(hidden, lengths, strict=True):
        assert not row[length:].any()


def trained(network: Any, steps: int) -> list[float]:
    optimiser = torch.optim.AdamW(network.parameters(), 5e-3)
    batch, losses = plain_batch([melody(n, "") for n in range(6)]), []
    for _ in range(steps):
        optimiser.zero_grad()
        loss = pretext_loss(network, batch, PRETEXT)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


def test_codes_are_guessed_better_and_better() -> None:
    torch.manual_seed(0)
    network = with_pretext(build_network(TINY, np.full(80, -11.0)), PRETEXT).train()
    codes = network.pretext.codes.clone()
    losses = trained(network, 40)
    assert losses[0] > 2.0
    assert np.mean(losses[-5:]) < 0.6 * losses[0]
    assert torch.equal(network.pretext.codes, codes)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    Packed(tuple(melody(n, "") for n in range(30))).save(folder / "radio.npz")
    Packed(tuple(melody(n, "ah") for n in range(30))).save(folder / "shop.npz")
    Packed((melody(0, ""),)).save(folder / "noise.npz")
    return folder


def test_all_speech_counts_and_long_recordings_are_cut(packed: Path) -> None:
    learn, apart = pretraining.unlabelled(packed, longest=160)
    assert [collection.name for collection in learn] == ["radio", "shop"]
    assert {len(u.log_mel) for c in learn for u in c.utterances} == {160, 40}
    assert apart
    assert not {u.speaker for u in apart} & {u.speaker for c in learn for u in c.utterances}


def test_pretraining_is_gone_on_from(packed: Path, tmp_path: Path) -> None:
    path = pretraining.main([str(packed), str(tmp_path / "a"), *SMALL])
    assert not [name for name in read_weights(path) if name.startswith("pretext.")]
    start = f'start_from="{path}"'
    acoustic.main([str(packed), str(tmp_path / "b"), *SMALL, start, *GENTLE])
    one, other = read_weights(path), read_weights(tmp_path / "b" / "ears.pt")
    assert one.keys() == other.keys()
    assert all(torch.allclose(one[name], other[name], atol=1e-4) for name in one)


def test_nothing_to_hear_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="no packed collection"):
        pretraining.main([str(tmp_path), str(tmp_path / "out"), *SMALL])


@pytest.mark.parametrize("wrong", [{"codes": 0}, {"share": 1.0}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="positive"):
        PretextConfig(**wrong)
