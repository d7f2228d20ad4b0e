"""The process that opens recordings really can do nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the filter of kernel calls is Linux's")
SHUT_IN = """
import ctypes, os, resource, signal, socket, sys, threading
from sayfind.audio.confined import confine
done = confine(128 * 2**20, 2)
def attempt():
    {attempt}
try:
    attempt()
except BaseException as error:
    print(type(error).__name__, getattr(error, "errno", ""), flush=True)
else:
    print("it was done", flush=True)
"""


def tried(attempt: str) -> tuple[str, int]:
    """What came of it in a process that is shut in, and how that process ended."""
    code = SHUT_IN.format(attempt=attempt)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout.strip(), done.returncode


@LINUX
@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/passwd')",
        "os.open('.', os.O_RDONLY)",
        "open('new-file', 'w')",
        "os.dup(1)",
        "socket.socket()",
        "os.fork()",
        "os.execv('/bin/sh', ['sh'])",
        "os.kill(os.getppid(), 0)",
        "os.unlink('nothing')",
        "resource.setrlimit(resource.RLIMIT_CPU, (9, 9))",
        "threading.Thread(target=print).start()",
    ],
)
def test_nothing_else_can_be_done(attempt: str) -> None:
    said, _ = tried(attempt)
    assert said.split()[0] in ("PermissionError", "OSError", "RuntimeError", "ValueError"), said


@LINUX
def test_what_decoding_needs_can_be_done() -> None:
    assert tried("bytearray(2**20); import time; time.time(); os.getpid()") == ("it was done", 0)


@LINUX
def test_memory_is_bounded() -> None:
    assert tried("bytearray(2**30)")[0].startswith("MemoryError")


@LINUX
@pytest.mark.slow
def test_processor_time_is_bounded() -> None:
    said, code = tried("\n    while True: pass")
    assert said == ""
    assert code in (-24, -9)  # SIGXCPU, or the hard end of it


@LINUX
def test_it_says_what_holds() -> None:
    code = "from sayfind.audio.confined import confine; print(sorted(confine(2**28, 5)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(["calls", "core", "files", "memory", "processor", "written"])
