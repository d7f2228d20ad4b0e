"""Goes on training a recogniser on a shop's own recordings: ours, or one of Transformers.

``sayfind train acoustic --from MODEL --manifest SET`` calls this. ``SET`` is a tar or folder with
``manifest.tsv`` (``path``, ``text`` and, better, ``speaker``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.acoustic.transformers import cased, open_transformers, samples_per_row
from sayfind.audio import RATE
from sayfind.audio.augment import pink_noise, white_noise
from sayfind.errors import FeedError, require
from sayfind.features.fbank import fbank
from sayfind.training.corpus import Clip, held_out, read_clips
from sayfind.training.export_ears import export_ears
from sayfind.training.loop import LoopConfig, Task, fit
from sayfind.training.packed import pack_one
from sayfind.training.packed_utterances import Packed, Utterance
from sayfind.training.processes import is_first
from sayfind.training.recipes.acoustic import dev_errors, train
from sayfind.training.recipes.acoustic_settings import AcousticTraining

__all__ = ["TransferConfig", "transfer_own", "transfer_transformers"]

_TOGETHER = 8  # recordings measured at a time


@dataclass(frozen=True, slots=True)
class TransferConfig:
    """How a model of Transformers is gone on with.

    Attributes:
        adapters: Whether only adapters (LoRA, Hu et al. 2021) and the last layer are trained.
        rank: Of the adapters.
        freeze_sound: Whether the convolutions that read samples stay as they are.
        seconds: Of sound in a batch.
    """

    adapters: bool = False
    rank: int = 8
    freeze_sound: bool = True
    seconds: float = 40.0
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            minutes=30.0, learning_rate=1e-4, weight_decay=1e-2, average=0.99
        )
    )

    def __post_init__(self) -> None:
        if self.rank < 1 or self.seconds <= 0:
            raise ValueError("rank is at least 1 and seconds positive")


def transfer_own(
    recordings: Path, language: str, out: Path, config: AcousticTraining, more: Path | None = None
) -> dict[str, float]:
    """Train ``config.start_from`` on; ``out/ears.onnx`` is the new model. Gives its dev errors.

    ``more`` is a folder of packed collections and noises to train on too, so that nothing is
    forgotten; without it there are only pink and white noise.

    Raises:
        FeedError: the recordings cannot be used.
        ModelError: the model to start from does not fit its settings.
    """
    packed = out / "packed"
    if is_first():
        packed.mkdir(parents=True, exist_ok=True)
        _beside(packed, more)
        if not (packed / f"{recordings.stem}.npz").exists():
            pack_one(recordings, packed, language)
    train(packed, out, config)
    export_ears(out / "ears.pt", out / "ears.onnx")
    return dev_errors(packed, out)


def _beside(packed: Path, more: Path | None) -> None:
    """Other collections, and noises, beside the shop's recordings."""
    for path in sorted(more.glob("*.npz")) if more else ():
        if not (packed / path.name).exists():
            (packed / path.name).symlink_to(path.resolve())
    if not (packed / "noise.npz").exists():
        rng = np.random.default_rng(0)
        mels = [fbank(make(10 * RATE, rng)) for make in (pink_noise, white_noise)]
        ends = [np.array([0, len(mel)], np.int32) for mel in mels]
        pairs = zip(mels, ends, strict=True)
        noises = [Utterance(m.astype(np.float16), ("SIL",), e, "noise", "") for m, e in pairs]
        Packed(tuple(noises)).save(packed / "noise.npz")


def transfer_transformers(
    folder: Path, recordings: Path, out: Path, config: TransferConfig
) -> dict[str, float]:
    """Train a CTC model of Transformers on; ``out/model`` is the new one. Gives its dev errors.

    Raises:
        MissingExtraError: Transformers, torch or, for adapters, peft is not installed.
        ModelError: the folder holds no such model.
        FeedError: no recording can be learnt from.
    """
    torch = require("torch", "transfer")
    torch.manual_seed(config.loop.seed)
    model, processor = open_transformers(folder)
    if config.freeze_sound:
        model.freeze_feature_encoder()
    clips = _usable(list(read_clips(recordings)), model, processor)
    learn = [clip for clip in clips if not held_out(clip.speaker)]
    check = [clip for clip in clips if held_out(clip.speaker)]
    if not learn:
        raise FeedError(f"{recordings} holds nothing to learn from; add recordings of more people.")
    network = _with_adapters(model, config) if config.adapters else model

    def loss(batch: Any, _: float) -> Any:
        return network(**batch).loss

    def report(heard: Any) -> dict[str, float]:
        return {"character_errors/held_out": _errors(heard, processor, check)} if check else {}

    fixed = [_batch(check or learn[:_TOGETHER], processor)]
    stream = _stream(learn, processor, config.seconds)
    fit(Task(network, loss, stream, fixed, report), out / "transfer.pt", config.loop)
    errors = report(network)
    whole = network.merge_and_unload() if config.adapters else network
    if is_first():
        whole.save_pretrained(out / "model")
        processor.save_pretrained(out / "model")
    return errors


def _with_adapters(model: Any, config: TransferConfig) -> Any:
    peft = require("peft", "transfer")
    settings = peft.LoraConfig(
        r=config.rank, lora_alpha=2 * config.rank, lora_dropout=0.05,
        target_modules=["q_proj", "v_proj"], modules_to_save=["lm_head"],
    )  # fmt: skip
    return peft.get_peft_model(model, settings)


def _usable(clips: Sequence[Clip], model: Any, processor: Any) -> list[Clip]:
    """Recordings whose transcripts can be said in their time; the others are counted and named."""
    kept, lost = [], []
    for clip in clips:
        labels = _labels(clip, processor)
        unknown = processor.tokenizer.unk_token_id in labels
        rows = len(clip.samples) // samples_per_row(model)
        repeats = sum(a == b for a, b in pairwise(labels))
        if labels and not unknown and np.any(clip.samples) and len(labels) + repeats < rows:
            kept.append(clip)
        else:
            lost.append(clip.row.get("path", clip.row["text"]))
    if lost:
        print(f"{len(lost)} recordings do not fit their words: {', '.join(lost[:5])}", flush=True)
    return kept


def _labels(clip: Clip, processor: Any) -> list[int]:
    text = cased(clip.row["text"], processor.tokenizer.get_vocab())
    labels: list[int] = processor.tokenizer(text).input_ids
    return labels


def _stream(
    clips: Sequence[Clip], processor: Any, seconds: float
) -> Callable[[int], Iterator[Any]]:
    """Batches of recordings of like length, for ever."""
    order = sorted(clips, key=lambda clip: len(clip.samples))

    def stream(seed: int) -> Iterator[Any]:
        rng = np.random.default_rng(seed)
        while True:
            first = int(rng.integers(len(order)))
            count = max(1, int(seconds * RATE / len(order[first].samples)))
            near = order[max(0, first - count // 2) : first + count // 2 + 1]
            yield _batch(near, processor)

    return stream


def _batch(clips: Sequence[Clip], processor: Any) -> Any:
    """What a CTC model of Transformers is given to learn from."""
    sounds = [clip.audio.samples for clip in clips]
    given = processor(sounds, sampling_rate=RATE, padding=True, return_tensors="pt",
                      return_attention_mask=True)  # fmt: skip
    labels = [_labels(clip, processor) for clip in clips]
    longest = max(map(len, labels))
    padded = [row + [-100] * (longest - len(row)) for row in labels]
    torch = require("torch", "transfer")
    return {
        "input_values": given.input_values,
        "attention_mask": given.attention_mask,
        "labels": torch.tensor(padded),
    }


def _errors(network: Any, processor: Any, clips: Sequence[Clip]) -> float:
    """Character error rate of the best path."""
    from rapidfuzz.distance import Levenshtein

    torch = require("torch", "transfer")
    wrong = total = 0
    was_training = network.training
    network.eval()
    for first in range(0, len(clips), _TOGETHER):
        some = clips[first : first + _TOGETHER]
        with torch.no_grad():
            best = network(**_batch(some, processor)).logits.argmax(-1)
        for clip, found in zip(some, processor.batch_decode(best), strict=True):
            truth = cased(clip.row["text"], processor.tokenizer.get_vocab())
            wrong += Levenshtein.distance(found, truth)
            total += len(truth)
    network.train(was_training)
    return wrong / max(1, total)
