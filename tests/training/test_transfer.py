"""A recogniser that is gone on with: ours and tiny random ones of Transformers, on a few tones."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.acoustic.transformers import TransformersAcousticModel
from sayfind.audio.file import to_wav_bytes
from sayfind.cli.main import main
from sayfind.decoding.lexicon_beam import LexiconDecoder
from sayfind.errors import AudioError, ConfigError, FeedError, ModelError
from sayfind.types import Audio

pytest.importorskip("torch")
pytest.importorskip("onnx")
transformers = pytest.importorskip("transformers")

# peft asks Transformers for what that has renamed.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*past_key_values:FutureWarning"),
]

WORDS = ("tea", "cup", "red", "shoe")


def tones(word: str, seed: int) -> Audio:
    """A word as a tone for each letter."""
    rng = np.random.default_rng(seed)
    times = np.arange(3_200) / 16_000
    parts = [0.3 * np.sin(2 * np.pi * (200 + 120 * (ord(c) - 97)) * times) for c in word]
    sound = np.concatenate(parts)
    return Audio((sound + rng.normal(0, 0.01, len(sound))).astype(np.float32), 16_000)


def write_set(path: Path, rows: list[tuple[str, str, Audio]]) -> Path:
    lines, files = ["path\ttext\tspeaker"], {}
    for number, (text, speaker, audio) in enumerate(rows):
        files[f"{number}.wav"] = to_wav_bytes(audio)
        lines.append(f"{number}.wav\t{text}\t{speaker}")
    files["manifest.tsv"] = "\n".join(lines).encode()
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"{path.stem}/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [(WORDS[n % 4], f"speaker {n}", tones(WORDS[n % 4], n)) for n in range(24)]
    silent = Audio(np.zeros(16_000, np.float32), 16_000)
    hasty = Audio(tones("tea", 0).samples[:800], 16_000)
    bad = [("tea", "speaker 1", silent), ("tea", "speaker 1", hasty), ("été", "x", silent)]
    return write_set(tmp_path_factory.mktemp("set") / "shop.tar", rows + bad)


def save_tiny(folder: Path, kind: str, letters: str = "abcdefghijklmnopqrstuvwxyz") -> Path:
    """A random model and its processor, as Transformers saves them."""
    folder.mkdir(parents=True)
    names = ["<pad>", "<s>", "</s>", "<unk>", "|", *letters]
    (folder / "vocab.json").write_text(json.dumps({name: n for n, name in enumerate(names)}))
    tokenizer = transformers.Wav2Vec2CTCTokenizer(str(folder / "vocab.json"))
    extractor = transformers.Wav2Vec2FeatureExtractor(return_attention_mask=True)
    transformers.Wav2Vec2Processor(extractor, tokenizer).save_pretrained(folder)
    makers = {
        "wav2vec2": (transformers.Wav2Vec2Config, transformers.Wav2Vec2ForCTC),
        "hubert": (transformers.HubertConfig, transformers.HubertForCTC),
    }
    settings, model = makers[kind]
    config = settings(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        conv_dim=(16, 16), conv_kernel=(20, 16), conv_stride=(20, 16), num_feat_extract_layers=2,
        num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=2, vocab_size=len(names),
        pad_token_id=0, ctc_zero_infinity=True, ctc_loss_reduction="mean", mask_time_prob=0.0,
        layerdrop=0.0, feat_extract_norm="layer", do_stable_layer_norm=True,
    )  # fmt: skip
    transformers.set_seed(0)
    model(config).save_pretrained(folder)
    return folder


QUICK = ("loop.steps=6", "loop.save_every=3", "loop.warm_up=1", "seconds=4")


def sets(settings: Sequence[str]) -> list[str]:
    return [word for setting in settings for word in ("--set", setting)]


@pytest.mark.parametrize("kind", ["wav2vec2", "hubert"])
@pytest.mark.parametrize("adapters", [False, True], ids=["full", "adapters"])
def test_a_model_of_transformers_is_gone_on_with(
    recordings: Path, tmp_path: Path, kind: str, adapters: bool, capsys: Any
) -> None:
    if adapters:
        pytest.importorskip("peft")
    start = save_tiny(tmp_path / "tiny", kind)
    command = ["train", "acoustic", "--from", str(start), "--manifest", str(recordings)]
    command += ["-o", str(tmp_path / "out"), *(["--adapters"] if adapters else []), *sets(QUICK)]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "3 recordings do not fit their words" in told
    assert "character_errors/held_out" in told
    before, after = (
        TransformersAcousticModel(path) for path in (start, tmp_path / "out" / "model")
    )
    audio = tones("tea", 99)
    found, old = after.posteriors(audio), before.posteriors(audio)
    assert found.tokens[0] == "<blank>"
    assert found.frame_shift == pytest.approx(0.02)
    assert np.exp(found.log_probs).sum(axis=1) == pytest.approx(1.0, abs=1e-4)
    assert np.abs(found.log_probs - old.log_probs).max() > 1e-5
    lexicon = {word: [after.spelled(word)] for word in WORDS}
    assert LexiconDecoder(after.tokens, lexicon, None).decode(found) is not None


def test_a_model_that_knows_capitals_is_spelled_in_capitals(tmp_path: Path) -> None:
    model = TransformersAcousticModel(save_tiny(tmp_path / "a", "wav2vec2", "ABCDET"))
    assert model.spelled("tea") == ("T", "E", "A")
    assert model.spelled("shoe") == ()
    assert model.posteriors(Audio(np.zeros(10, np.float32), 16_000)).log_probs.shape[0] == 0
    with pytest.raises(AudioError, match="16000 Hz"):
        model.posteriors(Audio(np.zeros(10, np.float32), 8_000))
    with pytest.raises(AudioError, match="not numbers"):
        model.posteriors(Audio(np.full(9, np.nan, np.float32), 16_000))


def test_our_own_ears_are_gone_on_with(recordings: Path, tmp_path: Path, capsys: Any) -> None:
    small = ["network.width=16", "network.hidden=8", "network.blocks=[1]", "batch.frames=400"]
    small += ["network.old_ears=false", "loop.steps=4", "loop.save_every=4", "loop.warm_up=1"]
    first = make_own(recordings, tmp_path / "a", small)
    command = ["train", "acoustic", "--from", str(first / "ears.pt"), "--manifest", str(recordings)]
    assert main([*command, "-o", str(tmp_path / "b"), *sets(small)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-1] == str(tmp_path / "b" / "ears.onnx")
    heard = CtcAcousticModel(tmp_path / "b" / "ears.onnx").posteriors(tones("cup", 5))
    assert np.isfinite(heard.log_probs).all()


def make_own(recordings: Path, out: Path, small: list[str]) -> Path:
    """A first model, of random weights and a few steps."""
    from sayfind.training.recipes.acoustic_settings import read_settings
    from sayfind.training.recipes.transfer import transfer_own

    transfer_own(recordings, "en", out, read_settings(None, small))
    return out


def test_what_cannot_be_gone_on_with_is_refused(recordings: Path, tmp_path: Path) -> None:
    from sayfind.training.recipes.transfer import TransferConfig, transfer_transformers

    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="no CTC model"):
        transfer_transformers(tmp_path / "empty", recordings, tmp_path / "out", TransferConfig())
    silent = [("tea", "a", Audio(np.zeros(9_000, np.float32), 16_000))]
    nothing = write_set(tmp_path / "nothing.tar", silent)
    tiny = save_tiny(tmp_path / "tiny", "wav2vec2")
    with pytest.raises(FeedError, match="nothing to learn from"):
        transfer_transformers(tiny, nothing, tmp_path / "out", TransferConfig())
    with pytest.raises(ValueError, match="rank"):
        TransferConfig(rank=0)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (["--adapters"], "--adapters are for models of Transformers"),
        (["--minutes", "0"], "positive"),
        (["--set", "network.widht=3"], "width"),
    ],
)
def test_wrong_arguments_are_named(
    recordings: Path, tmp_path: Path, more: list[str], reason: str, capsys: Any
) -> None:
    command = ["train", "acoustic", "--manifest", str(recordings), "-o", str(tmp_path / "out")]
    assert main([*command, *more]) == ConfigError.exit_code
    assert reason in capsys.readouterr().err
