"""Goes on training a language model of Transformers on a shop's text, or on (n-best, truth) pairs.

    python -m sayfind.training.recipes.language_adaptation CHECKPOINT TEXT OUT [setting=value ...]

CHECKPOINT is a folder (BERT, RoBERTa, MacBERT, GPT-2, Qwen, Llama...). TEXT has a line of text per
line, or JSON lines with ``prompt`` and ``answer``: then only the answer is learnt (causal models).
``pair_lines`` makes such lines of what our recogniser heard, in the form in which
``correction.generative`` asks. Several processes by torchrun, as every recipe.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.config import from_mapping, override, to_toml
from sayfind.correction.generative import SYSTEM, make_prompt
from sayfind.errors import ConfigError, InputError, require
from sayfind.training.language_adapters import AdapterConfig, Method, adapted, merged
from sayfind.training.loop import LoopConfig, Task, fit
from sayfind.types import NBest

__all__ = ["AdaptationConfig", "adapt", "pair_lines", "perplexity"]

_IGNORED = -100


@dataclass(frozen=True, slots=True)
class AdaptationConfig:
    """How a checkpoint is gone on with.

    Attributes:
        causal: Whether it guesses the next token (GPT, Qwen, Llama), or a hidden one (BERT).
        batch_size: Lines in a batch.
        longest: Tokens of a line.
        masked: Share of tokens to guess (masked models).
        gradient_checkpointing: Less memory for more time.
        bfloat16: Compute in 16 bits where the machine can.
        held_out: Lines kept for the validation figure.
    """

    causal: bool = True
    batch_size: int = 16
    longest: int = 128
    masked: float = 0.15
    gradient_checkpointing: bool = False
    bfloat16: bool = False
    held_out: int = 64
    adapter: AdapterConfig = field(default_factory=AdapterConfig)
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(learning_rate=2e-4, warm_up=20, average=0.0)
    )

    def __post_init__(self) -> None:
        if min(self.batch_size, self.held_out) < 1 or self.longest < 4:
            raise ValueError("batch_size and held_out are at least 1, longest at least 4")
        if not 0 < self.masked < 1:
            raise ValueError("masked is a share")


Line = tuple[str, str]
"""A prompt (or nothing) and what is to be learnt."""


def pair_lines(pairs: Iterable[tuple[NBest, str]]) -> Iterator[str]:
    """JSON lines of (what was heard, what was said), as ``correction.generative`` has them."""
    for heard, truth in pairs:
        prompt = f"{SYSTEM}\n\n{make_prompt(heard, ())}\n"
        answer = json.dumps({"query": truth}, ensure_ascii=False)
        yield json.dumps({"prompt": prompt, "answer": answer}, ensure_ascii=False)


def _read(path: Path) -> list[Line]:
    try:
        texts = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read the text {path}: {error}.") from error
    if not texts:
        raise InputError(f"{path} has no line; give some text.")
    if path.suffix != ".jsonl":
        return [("", text) for text in texts]
    try:
        return [(row["prompt"], row["answer"]) for row in map(json.loads, texts)]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: each line is JSON with prompt and answer: {error}.") from error


@dataclass(frozen=True)
class _Batches:
    """Lines as tensors ``(batch, length)``: ids, attention, targets (-100: not asked)."""

    tokenizer: Any
    config: AdaptationConfig

    def stream(self, lines: Sequence[Line], seed: int) -> Iterator[dict[str, Any]]:
        rng = np.random.default_rng(seed)
        while True:
            order = rng.permutation(len(lines)).tolist()
            for first in range(0, len(order), self.config.batch_size):
                chosen = [lines[n] for n in order[first : first + self.config.batch_size]]
                yield self.batch(chosen, rng)

    def batch(self, lines: Sequence[Line], rng: np.random.Generator) -> dict[str, Any]:
        torch = require("torch", "train")
        rows = [self._row(*line) for line in lines]
        size = max(len(ids) for ids, _ in rows)
        pad = self.tokenizer.pad_token_id or 0
        ids = torch.full((len(rows), size), pad, dtype=torch.int64)
        targets = torch.full_like(ids, _IGNORED)
        attention = torch.zeros_like(ids)
        for n, (row, asked) in enumerate(rows):
            ids[n, : len(row)] = torch.tensor(row)
            attention[n, : len(row)] = 1
            targets[n, asked : len(row)] = torch.tensor(row[asked:])
        if not self.config.causal:
            self._hide(ids, targets, attention, rng)
        return {"input_ids": ids, "attention_mask": attention, "labels": targets}

    def _row(self, prompt: str, answer: str) -> tuple[list[int], int]:
        """Tokens, and where what is asked begins; a long prompt loses its beginning."""
        encode = self.tokenizer
        end = (
            [encode.eos_token_id] if encode.eos_token_id is not None and self.config.causal else []
        )
        before = encode(prompt, add_special_tokens=False)["input_ids"] if prompt else []
        told = encode(answer, add_special_tokens=not self.config.causal)["input_ids"] + end
        told = told[: self.config.longest]
        before = before[max(0, len(before) + len(told) - self.config.longest) :]
        return [*before, *told], len(before)

    def _hide(self, ids: Any, targets: Any, attention: Any, rng: np.random.Generator) -> None:
        torch = require("torch", "train")
        special = torch.isin(ids, torch.tensor(self.tokenizer.all_special_ids)) | (attention == 0)
        drawn = torch.from_numpy(rng.random(tuple(ids.shape)) < self.config.masked)
        hidden = drawn & ~special
        for n in (~hidden.any(dim=1)).nonzero()[:, 0].tolist():
            free = (~special[n]).nonzero()[:, 0]
            if len(free):
                hidden[n, free[int(rng.integers(len(free)))]] = True
        targets[~hidden] = _IGNORED
        ids[hidden] = self.tokenizer.mask_token_id


def adapt(checkpoint: Path, text: Path, out: Path, config: AdaptationConfig) -> dict[str, float]:
    """Train on, save ``out/model`` (see ``language_adapters.merged``); perplexity before and after.

    Raises:
        ConfigError: there is no such folder, or a method that does not fit the model.
        InputError: the text cannot be read, or is too short.
    """
    torch = require("torch", "train")
    transformers = require("transformers", "transfer")
    if not checkpoint.is_dir():
        raise ConfigError(f"{checkpoint} is no folder with a checkpoint; name one.")
    lines = _read(text)
    if len(lines) < 2:
        raise InputError(f"{text} has one line; some are needed to train and to measure on.")
    torch.manual_seed(config.loop.seed)
    tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint)
    kind = "AutoModelForCausalLM" if config.causal else "AutoModelForMaskedLM"
    model = getattr(transformers, kind).from_pretrained(checkpoint)
    if config.gradient_checkpointing:
        later = getattr(model, "activation_checkpointing_enable", None)  # its name since v5
        (later or model.gradient_checkpointing_enable)()
        model.enable_input_require_grads()
    settings = replace(config.adapter, steps=config.loop.steps or config.adapter.steps)
    model = adapted(model, settings, causal=config.causal)
    batches = _Batches(tokenizer, config)
    size = min(config.held_out, len(lines) // 2)
    checks = list(islice(_whole(batches, lines[:size]), size))
    figures = {"before": perplexity(model, checks)}

    def loss(batch: dict[str, Any], _: float) -> Any:
        with torch.autocast("cpu", torch.bfloat16, enabled=config.bfloat16):
            return model(**batch).loss.float()

    out.mkdir(parents=True, exist_ok=True)
    (out / "settings.toml").write_text(to_toml(config), encoding="utf-8")
    task = Task(model, loss, lambda seed: batches.stream(lines[size:], seed), checks)
    with _rank_updates(model, settings):
        fit(task, out / "adaptation.pt", config.loop)
    figures["after"] = perplexity(model, checks)
    merged(model, settings, out / "model")
    tokenizer.save_pretrained(out / "model")
    return figures


def _whole(batches: _Batches, lines: Sequence[Line]) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(0)
    size = batches.config.batch_size
    for first in range(0, len(lines), size):
        yield batches.batch(lines[first : first + size], rng)


def perplexity(model: Any, checks: Sequence[dict[str, Any]]) -> float:
    """Perplexity per asked token over batches."""
    torch = require("torch", "train")
    model.eval()
    with torch.no_grad():
        losses = [float(model(**batch).loss) for batch in checks]
    return float(np.exp(np.mean(losses)))


@contextmanager
def _rank_updates(model: Any, config: AdapterConfig) -> Iterator[None]:
    """AdaLoRA's ranks, allotted anew after every step of whatever optimiser."""
    if config.method is not Method.ADALORA:
        yield
        return
    from torch.optim.optimizer import register_optimizer_step_post_hook

    step = 0

    def after(*_: Any) -> None:
        nonlocal step
        step += 1
        model.base_model.update_and_allocate(min(step, config.steps - 1))

    handle = register_optimizer_step_post_hook(after)
    try:
        yield
    finally:
        handle.remove()


if __name__ == "__main__":
    chosen = from_mapping(AdaptationConfig, override({}, sys.argv[4:]))
    found = adapt(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), chosen)
    for name, value in found.items():
        print(f"perplexity {name} {value:.2f}")
