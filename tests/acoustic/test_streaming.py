"""Sound in pieces, however it is cut, gives the rows of the whole; and words come of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.acoustic.ctc import EARS
from sayfind.acoustic.networks import ConvRecurrentConfig, build_network
from sayfind.acoustic.networks.configs import ConformerConfig, FrontEndConfig
from sayfind.acoustic.streaming import StreamingAcousticModel
from sayfind.acoustic.tokens import PHONE_TOKENS
from sayfind.config import to_toml
from sayfind.decoding.lexicon_beam import LexiconDecoder
from sayfind.ears.streaming import StreamingEars
from sayfind.errors import AudioError, ModelError
from sayfind.features.fbank import fbank
from sayfind.testing import StreamingRecognizerSuite
from sayfind.types import Audio, Posteriors

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from sayfind.training.export_ears import TOLERANCES  # noqa: E402
from sayfind.training.export_streaming import (  # noqa: E402
    export_streaming,
    streaming_onnx,
    streaming_parity,
)
from sayfind.training.recipes.acoustic_settings import AcousticTraining  # noqa: E402
from sayfind.training.weights import Precision  # noqa: E402

RATE = 16_000
CAUSAL = FrontEndConfig(old_ears=False, causal=True)
TINY = ConformerConfig(
    width=16, blocks=2, heads=2, kernel=5, causal=True, chunk=4, left_chunks=2, front=CAUSAL
)


def network_of(config: ConformerConfig = TINY) -> Any:
    torch.manual_seed(0)
    return build_network(config, np.full(80, -7.0)).eval()


def opened(folder: Path, config: ConformerConfig = TINY) -> StreamingAcousticModel:
    data = streaming_onnx(network_of(config), config, Precision.FLOAT32)
    (folder / "s.onnx").write_bytes(data)
    return StreamingAcousticModel(folder / "s.onnx")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> StreamingAcousticModel:
    return opened(tmp_path_factory.mktemp("model"))


def sound(num_samples: int, seed: int = 0) -> Audio:
    rng = np.random.default_rng(seed)
    return Audio((0.1 * rng.normal(size=num_samples)).astype(np.float32), RATE)


def heard_in_pieces(model: StreamingAcousticModel, audio: Audio, cuts: list[int]) -> np.ndarray:
    state, rows = model.start(), []
    bounds = sorted({min(cut, len(audio.samples)) for cut in cuts})
    for piece in np.split(audio.samples, bounds):
        state, found = model.step(state, Audio(piece, RATE))
        rows.append(found.log_probs)
    return np.concatenate([*rows, model.finish(state).log_probs])


def expected(network: Any, log_mel: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return network(torch.from_numpy(log_mel)[None], torch.tensor([len(log_mel)]))[0][0].numpy()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 20_000), st.lists(st.integers(0, 20_000), max_size=6), st.integers(0, 9))
def test_chunked_equals_whole(
    model: StreamingAcousticModel, num_samples: int, cuts: list[int], seed: int
) -> None:
    audio = sound(num_samples, seed)
    whole = model.posteriors(audio).log_probs
    assert heard_in_pieces(model, audio, cuts) == pytest.approx(whole, abs=1e-4)
    log_mel = fbank(audio)
    assert whole.shape == (-(-len(log_mel) // 3), len(PHONE_TOKENS))
    if len(log_mel):
        assert whole == pytest.approx(expected(network_of(), log_mel), abs=2e-4)


@pytest.mark.parametrize("left_chunks", [0, 1, 40])
def test_what_is_remembered_is_as_long_as_the_settings_say(
    tmp_path: Path, left_chunks: int
) -> None:
    config = ConformerConfig(
        width=16, blocks=1, heads=2, kernel=3, causal=True, chunk=3, left_chunks=left_chunks,
        front=CAUSAL,
    )  # fmt: skip
    model, audio = opened(tmp_path, config), sound(24_000)
    found = heard_in_pieces(model, audio, [5_120, 10_240, 15_360, 20_480])
    assert found == pytest.approx(expected(network_of(config), fbank(audio)), abs=2e-4)


def test_a_state_is_a_value(model: StreamingAcousticModel) -> None:
    state, _ = model.step(model.start(), sound(9_000))
    ends = [model.finish(state).log_probs for _ in range(2)]
    model.step(state, sound(9_000, seed=1))
    assert np.array_equal(*ends)
    assert np.array_equal(model.finish(state).log_probs, ends[0])


@pytest.mark.parametrize(
    "precision", [Precision.FLOAT32, Precision.FLOAT16, Precision.INT8], ids=str
)
def test_the_command_writes_a_model_within_its_tolerance(
    tmp_path: Path, precision: Precision
) -> None:
    network = network_of()
    torch.save(network.state_dict(), tmp_path / "ears_weights.pt")
    text = to_toml(AcousticTraining(architecture="conformer", network=TINY))
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    out = tmp_path / "streaming.onnx"
    assert export_streaming(tmp_path / "ears_weights.pt", out, precision) < TOLERANCES[precision]
    log_mel = fbank(sound(12_000))
    assert streaming_parity(network, StreamingAcousticModel(out), log_mel) < TOLERANCES[precision]


def test_words_come_while_they_are_said(model: StreamingAcousticModel) -> None:
    lexicon = {"tea": [("T", "IY")], "coffee": [("K", "AO", "F", "IY")]}
    decoder, audio = LexiconDecoder(model.tokens, lexicon, None), sound(20_000)
    ears, known = StreamingEars(model, decoder), 0
    state = ears.start()
    for piece in np.split(audio.samples, [5_120, 10_240, 15_360]):
        state = ears.step(state, Audio(piece, RATE))
        assert len(state.stable) >= known  # what is certain stays so
        known = len(state.stable)
        assert state.best[:known] == state.stable
    found, whole = ears.finish(state), decoder.decode(model.posteriors(audio))
    assert [h.text for h in found.hypotheses] == [h.text for h in whole.hypotheses]
    assert found.probabilities == pytest.approx(whole.probabilities, abs=1e-3)
    assert ears.finish(ears.start()).hypotheses == ()


class TestStreamingEars(StreamingRecognizerSuite):
    ears: StreamingEars

    @pytest.fixture(autouse=True)
    def _ears(self, model: StreamingAcousticModel) -> None:
        lexicon = {token: ((token,),) for token in PHONE_TOKENS[1:20]}
        type(self).ears = StreamingEars(model, LexiconDecoder(model.tokens, lexicon, None), 3.0)

    def recognizer(self) -> StreamingEars:
        return self.ears


def test_a_network_that_looks_ahead_cannot_stream(tmp_path: Path) -> None:
    config = ConformerConfig(width=16, blocks=1, heads=2, front=FrontEndConfig(old_ears=False))
    with pytest.raises(ModelError, match="causal"):
        streaming_onnx(network_of(config), config)
    other = build_network(ConvRecurrentConfig(width=8, hidden=4, blocks=(1,), old_ears=False))
    torch.save(other.state_dict(), tmp_path / "a.pt")
    settings = AcousticTraining(
        network=ConvRecurrentConfig(width=8, hidden=4, blocks=(1,), old_ears=False)
    )
    (tmp_path / "config.toml").write_text(to_toml(settings), encoding="utf-8")
    with pytest.raises(ModelError, match="cannot stream"):
        export_streaming(tmp_path / "a.pt", tmp_path / "out.onnx")
    assert not (tmp_path / "out.onnx").exists()


def test_a_model_that_hears_wholes_is_refused() -> None:
    with pytest.raises(ModelError, match="export_streaming"):
        StreamingAcousticModel(EARS)


def test_bad_sound_is_refused(model: StreamingAcousticModel) -> None:
    with pytest.raises(AudioError, match="16000 Hz"):
        model.step(model.start(), Audio(np.zeros(10, np.float32), 8_000))
    with pytest.raises(AudioError, match="not numbers"):
        model.step(model.start(), Audio(np.full(10, np.nan, np.float32), RATE))


def test_no_sound_gives_no_rows(model: StreamingAcousticModel) -> None:
    found = model.finish(model.start())
    assert isinstance(found, Posteriors)
    assert found.log_probs.shape == (0, len(PHONE_TOKENS))
