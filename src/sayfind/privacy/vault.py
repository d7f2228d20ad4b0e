"""Recordings that people agreed to give for learning, locked away (AES-256-GCM).

One file a recording, encrypted under a key that is not beside it; the name of its session and of
its search are inside and authenticated, so a file can be neither read, altered nor passed off as
another's without the key. File names say nothing of who spoke. What is deleted is overwritten
once; that copies of the disk may have it still is said in docs/privacy.md.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.errors import ConfigError, ShopError, StorageError, require
from sayfind.types import Audio

__all__ = ["KEY_VARIABLE", "AudioVault", "Kept", "RecordingsConfig", "new_key", "read_key"]

KEY_VARIABLE = "SAYFIND_AUDIO_KEY"
_MAGIC = b"sayfind-voice-1\n"
_ENDING = ".voice"
_NONCE = 12  # bytes; random ones are safe for 2^32 recordings under one key (NIST SP 800-38D)


@dataclass(frozen=True, slots=True)
class Kept:
    """One recording: whose, of which search, when (seconds since 1970), and the sound.

    ``text`` is what was heard, personal data taken out; ``anonymised`` says whether the voice was
    changed before it was kept.
    """

    session: str
    trace_id: str
    time: float
    audio: Audio
    text: str = ""
    anonymised: bool = False


def new_key() -> str:
    """A fresh key, as ``read_key`` reads it."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def read_key(path: Path | None = None, environment: Mapping[str, str] = os.environ) -> bytes:
    """The 32 bytes in a file, or in the environment variable SAYFIND_AUDIO_KEY.

    Raises:
        ConfigError: there is none, or it is not 32 bytes in base64.
    """
    try:
        text = path.read_text(encoding="ascii") if path else environment.get(KEY_VARIABLE, "")
        key = base64.b64decode(text.strip(), validate=True)
    except (OSError, ValueError) as error:
        raise ConfigError(f"The audio key {path or KEY_VARIABLE} cannot be read.") from error
    if len(key) != 32:
        raise ConfigError(
            f"Keeping recordings needs a key: put what `sayfind privacy key` prints in a file, or "
            f"in {KEY_VARIABLE}."
        )
    return key


@dataclass(frozen=True, slots=True)
class RecordingsConfig:
    """Where recordings are kept that shoppers gave: none are, unless ``folder`` is named.

    ``key_file`` holds their key; without it, the environment variable SAYFIND_AUDIO_KEY does.
    """

    folder: str = ""
    key_file: str = ""

    def open(self) -> AudioVault | None:
        """The vault, if one is named.

        Raises:
            ConfigError: there is no key.
            MissingExtraError: cryptography is not installed.
            StorageError: the folder cannot be made.
        """
        if not self.folder:
            return None
        key = read_key(Path(self.key_file) if self.key_file else None)
        return AudioVault(Path(self.folder), key)


class AudioVault:
    """A folder of recordings. Threads and processes may share it."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """Open or make the folder; ``key`` is 32 bytes.

        Raises:
            MissingExtraError: cryptography is not installed.
            StorageError: the folder cannot be made.
        """
        aead: Any = require("cryptography.hazmat.primitives.ciphers.aead", extra="privacy")
        self._cipher = aead.AESGCM(hmac.digest(key, b"recordings", "sha256"))
        self._names = hmac.digest(key, b"names", "sha256")
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"Cannot make {folder}: {error.strerror}.") from error

    def keep(self, kept: Kept) -> Path:
        """Lock one recording away; safe on the disk when this returns.

        Raises:
            StorageError: it cannot be written.
        """
        about = {
            "session": kept.session,
            "trace_id": kept.trace_id,
            "time": kept.time,
            "rate": kept.audio.rate,
            "text": kept.text,
            "anonymised": kept.anonymised,
        }
        head = json.dumps(about, ensure_ascii=False).encode()
        sound = (np.clip(kept.audio.samples, -1, 1) * 32767).round().astype("<i2").tobytes()
        target = self._home(kept.session) / f"{secrets.token_hex(8)}{_ENDING}"
        nonce = secrets.token_bytes(_NONCE)
        plain = struct.pack("<I", len(head)) + head + sound
        body = nonce + self._cipher.encrypt(nonce, plain, self._bound(target))
        try:
            target.parent.mkdir(mode=0o700, exist_ok=True)
            new = target.with_suffix(".new")
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(_MAGIC + body)
                file.flush()
                os.fsync(file.fileno())
            new.replace(target)
        except OSError as error:
            raise StorageError(f"Cannot keep a recording: {error.strerror}.") from error
        return target

    def read(self, session: str = "") -> Iterator[Kept]:
        """The recordings of one session, or of all.

        Raises:
            ShopError: a file was altered, or locked with another key.
        """
        home = self._home(session) if session else self._folder
        for path in sorted(home.rglob(f"*{_ENDING}")):
            yield self._open(path)

    def forget(self, session: str) -> int:
        """Delete what one session gave; how many recordings that were.

        Raises:
            StorageError: one of them cannot be deleted.
        """
        home = self._home(session)
        paths = list(home.glob(f"*{_ENDING}"))
        for path in paths:
            _destroy(path)
        if home.exists():
            home.rmdir()
        return len(paths)

    def expire(self, before: float) -> int:
        """Delete what was kept before a time (seconds since 1970); how many that were.

        The time is the one inside the file, which nobody without the key can have changed.
        """
        old = [p for p in self._folder.rglob(f"*{_ENDING}") if self._open(p).time < before]
        for path in old:
            _destroy(path)
        return len(old)

    def _home(self, session: str) -> Path:
        return self._folder / hmac.digest(self._names, session.encode(), "sha256").hex()[:32]

    def _bound(self, path: Path) -> bytes:
        """What a file's place adds to its lock: moved or renamed, it does not open."""
        return f"{path.parent.name}/{path.stem}".encode()

    def _open(self, path: Path) -> Kept:
        crypto: Any = require("cryptography.exceptions", extra="privacy")
        try:
            body = path.read_bytes().removeprefix(_MAGIC)
            plain = self._cipher.decrypt(body[:_NONCE], body[_NONCE:], self._bound(path))
        except OSError as error:
            raise StorageError(f"Cannot read {path}: {error.strerror}.") from error
        except (crypto.InvalidTag, ValueError) as error:
            raise ShopError(f"{path} was altered, or locked with another key.") from error
        (length,) = struct.unpack_from("<I", plain)
        about = json.loads(plain[4 : 4 + length])
        samples = np.frombuffer(plain[4 + length :], "<i2").astype(np.float32) / np.float32(32767)
        return Kept(audio=Audio(samples, about.pop("rate")), **about)


def _destroy(path: Path) -> None:
    """Overwrite once, then unlink."""
    try:
        with path.open("r+b") as file:
            file.write(bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except OSError as error:
        raise StorageError(f"Cannot delete {path}: {error.strerror}.") from error
