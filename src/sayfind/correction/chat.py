"""Large language models that can be asked: any OpenAI-compatible server, or a local checkpoint.

A question costs at most ``timeout`` seconds of the shopper's time whatever the other side does: it
runs in a thread that is given up, and an answer is cut off at ``max_bytes``. Keys come from the
environment only.
"""

from __future__ import annotations

import json
import os
import queue
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError

from sayfind.errors import ConfigError, ModelError, OverloadedError, SayfindError, require

__all__ = ["Answer", "Chat", "LocalChat", "ServerChat", "ServerConfig"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, what it took: ``tokens`` read and written, ``attempts`` made."""

    text: str
    prompt_tokens: int = 0
    answer_tokens: int = 0
    attempts: int = 1


class Chat(Protocol):
    """A model that answers one prompt."""

    def ask(self, system: str, prompt: str) -> Answer:
        """The answer.

        Raises:
            SayfindError: there is none (in time).
        """
        ...


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Which server and how patiently.

    ``base_url`` ends in ``/v1`` for most servers (vLLM, llama.cpp, Ollama, DeepSeek, Qwen, OpenAI);
    ``key_variable`` names the environment variable with the key, if one is needed. ``timeout`` is
    in seconds for everything together, retries included; ``max_tokens`` and ``max_bytes`` bound
    the answer.
    """

    base_url: str
    model: str
    key_variable: str = "SAYFIND_LLM_KEY"
    timeout: float = 1.5
    retries: int = 1
    max_tokens: int = 96
    max_bytes: int = 65_536

    def __post_init__(self) -> None:
        if not self.base_url.startswith(("http://", "https://")):
            raise ValueError("base_url begins with http:// or https://")
        if self.timeout <= 0 or self.retries < 0 or min(self.max_tokens, self.max_bytes) < 1:
            raise ValueError(
                "timeout is positive, retries not negative, max_tokens and max_bytes at least 1"
            )


class ServerChat:
    """Any server that speaks OpenAI's ``/chat/completions``."""

    def __init__(self, config: ServerConfig) -> None:
        self.config = config

    def ask(self, system: str, prompt: str) -> Answer:
        """The answer, asked for as JSON and at temperature 0.

        Raises:
            OverloadedError: no answer in time, or the server is overloaded.
            ModelError: the server refuses, or answers otherwise than the protocol says.
        """
        deadline = time.monotonic() + self.config.timeout
        answers: queue.SimpleQueue[Answer | SayfindError] = queue.SimpleQueue()

        def work() -> None:
            try:
                answers.put(self._try(system, prompt, deadline))
            except SayfindError as error:
                answers.put(error)

        threading.Thread(target=work, daemon=True).start()
        try:
            found = answers.get(timeout=self.config.timeout)
        except queue.Empty:
            raise OverloadedError(
                f"The language model did not answer in {self.config.timeout:g} s; go on without it."
            ) from None
        if isinstance(found, SayfindError):
            raise found
        return found

    def _try(self, system: str, prompt: str, deadline: float) -> Answer:
        failure: SayfindError = OverloadedError("The language model was not asked in time.")
        for attempt in range(1, self.config.retries + 2):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            try:
                return self._once(system, prompt, left, attempt)
            except HTTPError as error:
                failure = ModelError(f"The language model's server refused: HTTP {error.code}.")
                if error.code < 500 and error.code != 429:
                    break
            except (URLError, OSError, TimeoutError) as error:
                failure = OverloadedError(f"The language model cannot be reached: {error}.")
            except (ValueError, KeyError, IndexError, TypeError) as error:
                failure = ModelError(f"The language model's server answered nonsense: {error!r}.")
        raise failure

    def _once(self, system: str, prompt: str, left: float, attempt: int) -> Answer:
        config = self.config
        body = {
            "model": config.model,
            "temperature": 0,
            "max_tokens": config.max_tokens,
            "response_format": {"type": "json_object"},
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": prompt},
            ],
        }
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(config.key_variable):
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(
            f"{config.base_url.rstrip('/')}/chat/completions", json.dumps(body).encode(), headers
        )
        with urllib.request.urlopen(request, timeout=left) as response:
            told = json.loads(response.read(config.max_bytes))
        used = told.get("usage") or {}
        return Answer(
            str(told["choices"][0]["message"]["content"]),
            int(used.get("prompt_tokens", 0)),
            int(used.get("completion_tokens", 0)),
            attempt,
        )


class LocalChat:
    """A causal checkpoint on disk, run by ``transformers`` in this process."""

    def __init__(self, folder: Path, max_tokens: int = 96) -> None:
        """Open a checkpoint folder.

        Raises:
            MissingExtraError: transformers or torch is not installed.
            ConfigError: there is no such folder.
        """
        if not folder.is_dir():
            raise ConfigError(f"{folder} is no folder with a checkpoint; name one.")
        transformers = require("transformers", "transfer")
        self._torch = require("torch", "train")
        self._tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        self._model = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
        self._max_tokens = max_tokens

    def ask(self, system: str, prompt: str) -> Answer:
        """The likeliest continuation (greedy)."""
        given = self._given(system, prompt)
        with self._torch.no_grad():
            made = self._model.generate(
                **given, max_new_tokens=self._max_tokens, do_sample=False,
                pad_token_id=self._tokenizer.pad_token_id or self._tokenizer.eos_token_id or 0,
            )  # fmt: skip
        size = given["input_ids"].shape[1]
        text = self._tokenizer.decode(made[0, size:], skip_special_tokens=True)
        return Answer(text, size, made.shape[1] - size)

    def _given(self, system: str, prompt: str) -> Any:
        tokenizer = self._tokenizer
        if getattr(tokenizer, "chat_template", None):
            turns = [{"role": "system", "content": system}, {"role": "user", "content": prompt}]
            prompt = tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=True
            )
        else:
            prompt = f"{system}\n\n{prompt}\n"
        return tokenizer(prompt, return_tensors="pt", return_token_type_ids=False)
