"""Ways of adapting a language model of Transformers: whole, or by few new weights.

LoRA, AdaLoRA, prefix- and prompt-tuning are ``peft``'s; bottleneck adapters (Houlsby et al. 2019)
are ours: a small feed-forward step after each layer, which begins as doing nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sayfind.errors import ConfigError, require

__all__ = ["AdapterConfig", "Method", "adapted", "add_bottlenecks", "merged"]

_FILE = "bottlenecks.pt"


class Method(StrEnum):
    """What is trained."""

    FULL = "full"
    LORA = "lora"
    ADALORA = "adalora"
    PREFIX = "prefix"
    PROMPT = "prompt"
    BOTTLENECK = "bottleneck"


@dataclass(frozen=True, slots=True)
class AdapterConfig:
    """How much is added.

    Attributes:
        method: ``full``, ``lora``, ``adalora``, ``prefix``, ``prompt`` or ``bottleneck``.
        rank: Rank of LoRA and AdaLoRA, or size of a bottleneck.
        alpha: Scale of LoRA's update, in ranks.
        virtual_tokens: Length of a prefix or prompt.
        steps: Steps of the run, which AdaLoRA must know beforehand.
    """

    method: Method = Method.LORA
    rank: int = 8
    alpha: int = 16
    virtual_tokens: int = 8
    steps: int = 1000

    def __post_init__(self) -> None:
        if min(self.rank, self.alpha, self.virtual_tokens, self.steps) < 1:
            raise ValueError("rank, alpha, virtual_tokens and steps are at least 1")


def adapted(model: Any, config: AdapterConfig, *, causal: bool) -> Any:
    """The model with only what is to be trained trainable.

    Raises:
        ConfigError: prefix- or prompt-tuning of a masked model, which could not be merged.
        MissingExtraError: peft is not installed.
    """
    if config.method is Method.FULL:
        return model
    if config.method is Method.BOTTLENECK:
        for weight in model.parameters():
            weight.requires_grad_(False)
        add_bottlenecks(model, config.rank)
        return model
    peft = require("peft", "transfer")
    if config.method in (Method.PREFIX, Method.PROMPT) and not causal:
        raise ConfigError(f"{config.method} tuning is for causal models; choose lora for a masked.")
    # GPT-2's layers keep their weights the other way round.
    turned = any(type(module).__name__ == "Conv1D" for module in model.modules())
    kinds = {
        Method.LORA: lambda: peft.LoraConfig(
            r=config.rank, lora_alpha=config.alpha, target_modules="all-linear",
            fan_in_fan_out=turned,
        ),
        Method.ADALORA: lambda: peft.AdaLoraConfig(
            init_r=config.rank, target_r=max(1, config.rank // 2), lora_alpha=config.alpha,
            target_modules="all-linear", fan_in_fan_out=turned, total_step=config.steps,
            tinit=config.steps // 10, tfinal=config.steps // 2, deltaT=10,
        ),
        Method.PREFIX: lambda: peft.PrefixTuningConfig(
            task_type="CAUSAL_LM", num_virtual_tokens=config.virtual_tokens
        ),
        Method.PROMPT: lambda: peft.PromptTuningConfig(
            task_type="CAUSAL_LM", num_virtual_tokens=config.virtual_tokens
        ),
    }  # fmt: skip
    return peft.get_peft_model(model, kinds[config.method]())


def add_bottlenecks(model: Any, size: int) -> list[Any]:
    """Put a bottleneck behind every layer of a model; they are its ``bottlenecks``."""
    torch = require("torch", "train")
    layers = _layers(model)
    width = int(model.config.hidden_size)
    made = torch.nn.ModuleList()
    for layer in layers:
        step = torch.nn.Sequential(
            torch.nn.Linear(width, size), torch.nn.GELU(), torch.nn.Linear(size, width)
        )
        torch.nn.init.zeros_(step[2].weight)
        torch.nn.init.zeros_(step[2].bias)
        layer.register_forward_hook(_after(step))
        made.append(step)
    model.bottlenecks = made
    return list(made)


def _after(step: Any) -> Any:
    def hook(_: Any, __: Any, given: Any) -> Any:
        if isinstance(given, tuple):
            return (given[0] + step(given[0]), *given[1:])
        return given + step(given)

    return hook


def _layers(model: Any) -> Any:
    """The longest list of modules in a model: its layers."""
    torch = require("torch", "train")
    lists = [m for m in model.modules() if isinstance(m, torch.nn.ModuleList)]
    if not lists:
        raise ConfigError("This model has no list of layers to put bottlenecks behind; use lora.")
    return max(lists, key=len)


def merged(model: Any, config: AdapterConfig, folder: Path) -> None:
    """Save what was trained: LoRA and AdaLoRA merged into a checkpoint of the plain model.

    A prefix or prompt is saved by peft, beside the name of its base; bottlenecks as the plain
    checkpoint and ``bottlenecks.pt``, for ``add_bottlenecks`` and ``load_state_dict``.
    """
    torch = require("torch", "train")
    if config.method in (Method.LORA, Method.ADALORA):
        model = model.merge_and_unload()
    if config.method is Method.BOTTLENECK:
        torch.save(model.bottlenecks.state_dict(), _made(folder) / _FILE)
        plain = {k: v for k, v in model.state_dict().items() if not k.startswith("bottlenecks.")}
        model.save_pretrained(folder, state_dict=plain)
        return
    model.save_pretrained(_made(folder))


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
