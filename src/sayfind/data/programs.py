"""Runs the programs that speak, and asks them which voices they have."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache

from sayfind.errors import InputError, MissingExtraError

__all__ = ["espeak_variants", "espeak_voices", "flite_voices", "found", "run"]

_SECONDS = 120  # that a program may take over one text


def found(program: str) -> str:
    """The program's name.

    Raises:
        MissingExtraError: it is not installed.
    """
    if not shutil.which(program):
        package = f": apt install {program}" if program in ("flite", "espeak-ng") else ""
        raise MissingExtraError(f"This needs the program {program}{package}.")
    return program


def run(command: list[str], voice: str) -> str:
    """What a command prints; ``voice`` is what errors call it. No shell is involved.

    Raises:
        MissingExtraError: the program is not installed.
        InputError: it fails, or takes over two minutes.
    """
    try:
        done = subprocess.run(
            [found(command[0]), *command[1:]], capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{voice} took over {_SECONDS} s over one text.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{voice} could not be started: {error}.") from error
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InputError(f"{voice} failed: {words[-1][:200] if words else done.returncode}.")
    return done.stdout.decode("utf-8", "replace")


@lru_cache
def flite_voices() -> tuple[str, ...]:
    """The names of flite's voices."""
    return tuple(sorted(set(run(["flite", "-lv"], "flite").partition(":")[2].split())))


@lru_cache
def espeak_voices() -> frozenset[str]:
    """The languages and accents of espeak-ng."""
    lines = run(["espeak-ng", "--voices"], "espeak-ng").splitlines()[1:]
    return frozenset(line.split()[1].lower() for line in lines if line.strip())


@lru_cache
def espeak_variants() -> frozenset[str]:
    """What may follow a ``+`` in the name of one of its voices."""
    lines = run(["espeak-ng", "--voices=variant"], "espeak-ng").splitlines()
    return frozenset(word[3:] for line in lines for word in line.split() if word.startswith("!v/"))
