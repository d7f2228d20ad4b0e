"""A process that only decodes: it shuts itself in, then turns recordings into samples.

Decoders of sound are large C libraries, and a recording is written by a stranger. This process
reads frames from its input and writes frames to its output, and after its start the kernel lets it
do nothing else: no file or socket can be opened, no program started, memory and processor time are
bounded. ``serving.sandbox`` starts it and knows what to do when it dies.

A frame is two lengths (unsigned 32-bit, little-endian), a JSON object, and bytes. A question is
``{"max_seconds", "max_bytes", "media_type"}`` with the recording; the answer ``{"rate"}`` with
float32 samples, or ``{"error", "message"}``. The first frame says how far it is shut in.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import struct
import sys
from typing import IO, Any

import numpy as np

from sayfind.audio.file import AudioLimits, load_audio, to_wav_bytes
from sayfind.errors import InputError
from sayfind.types import Audio

__all__ = ["LENGTHS", "confine", "main", "read_frame", "write_frame"]

LENGTHS = struct.Struct("<II")

# What decoding needs of the kernel once everything is loaded: to read and write what is already
# open, memory, time, and an end. By architecture: the kernel's name for it, the number of
# seccomp(2), and the numbers of read, write, close, fstat, lseek, mmap, mprotect, munmap, brk,
# rt_sigaction, rt_sigprocmask, rt_sigreturn, readv, writev, poll, sched_yield, mremap, madvise,
# getpid, exit, futex, sched_getaffinity, exit_group, clock_gettime, clock_nanosleep, gettimeofday,
# getrusage, times, gettid, getrandom.
_KERNEL_CALLS = {
    "x86_64": (0xC000003E, 317, (
        0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 19, 20, 7, 24, 25, 28,
        39, 60, 202, 204, 231, 228, 230, 96, 98, 100, 186, 318,
    )),
    "aarch64": (0xC00000B7, 277, (
        63, 64, 57, 80, 62, 222, 226, 215, 214, 134, 135, 139, 65, 66, 73, 124, 216, 233,
        172, 93, 98, 123, 94, 113, 115, 169, 165, 153, 178, 278,
    )),
}  # fmt: skip
_NO_NEW_PRIVILEGES, _SET_FILTER, _ALL_THREADS = 38, 1, 1
_LOAD, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000
_OTHER_ABI = 0x40000000  # x86-64 numbers from here on are the same calls by other names


def main() -> None:
    """Shut this process in, say so, and answer until the input ends.

    The argument is the memory in bytes and the processor seconds that it may still take.
    """
    memory, seconds = (int(word) for word in sys.argv[1:3])
    source, target = sys.stdin.buffer, sys.stdout.buffer
    _warm_up()
    write_frame(target, {"confined": confine(memory, seconds)})
    while (question := read_frame(source)) is not None:
        write_frame(target, *_answer(*question))


def read_frame(source: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """The next frame's object and bytes; ``None`` where the stream ended."""
    lengths = source.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    head, body = LENGTHS.unpack(lengths)
    return json.loads(source.read(head)), source.read(body)


def write_frame(target: IO[bytes], head: dict[str, Any], body: bytes | memoryview = b"") -> None:
    """Send one frame; ``body`` is bytes."""
    encoded = json.dumps(head).encode()
    target.write(LENGTHS.pack(len(encoded), len(body)) + encoded)
    target.write(body)
    target.flush()


def _answer(head: dict[str, Any], recording: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        limits = AudioLimits(head["max_seconds"], head["max_bytes"])
        audio = load_audio(recording, limits, head["media_type"])
    except InputError as error:
        return {"error": type(error).__name__, "message": str(error)}, b""
    except MemoryError:
        return {"error": "MemoryError", "message": ""}, b""
    except Exception as error:  # a fault of the decoder is an answer here, never an end
        return {"error": type(error).__name__, "message": ""}, b""
    return {"rate": audio.rate}, audio.samples.astype("<f4", copy=False).tobytes()


def _warm_up() -> None:
    """Load all that decoding loads on its way, good and bad: later nothing can be opened."""
    tone = Audio(np.sin(np.arange(4410) / 8).astype(np.float32), 44_100)
    for recording in (to_wav_bytes(tone), b"no sound"):
        _answer({"max_seconds": 1.0, "max_bytes": 100_000, "media_type": None}, recording)


def confine(memory: int, seconds: int) -> list[str]:
    """Give up what decoding does not need; the names of what is in force now.

    ``memory`` bytes may be taken beyond what is held, ``seconds`` of processor time used in all.
    """
    done: list[str] = []
    try:
        import resource
    except ImportError:  # not a Unix
        return done
    held = _held_bytes()
    bounds = {
        "files": (resource.RLIMIT_NOFILE, 3),
        "written": (resource.RLIMIT_FSIZE, 0),
        "core": (resource.RLIMIT_CORE, 0),
        "processor": (resource.RLIMIT_CPU, seconds),
    }
    if held:
        bounds["memory"] = (resource.RLIMIT_AS, held + memory)
    for name, (kind, bound) in bounds.items():
        try:
            resource.setrlimit(kind, (bound, bound))
            done.append(name)
        except (ValueError, OSError):  # a lower bound is in force already, or none can be had
            continue
    return [*done, "calls"] if _filter_kernel_calls() else done


def _held_bytes() -> int:
    """The address space in use; 0 where the kernel does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def _filter_kernel_calls() -> bool:
    """Whether every kernel call but those of decoding is refused from now on (seccomp, Linux)."""
    known = _KERNEL_CALLS.get(platform.machine())
    if sys.platform != "linux" or known is None:
        return False
    architecture, seccomp, allowed = known
    program = _filter(architecture, allowed)
    code = ctypes.create_string_buffer(b"".join(program))
    pointer = struct.pack("=HxxxxxxQ", len(program), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.syscall(seccomp, _SET_FILTER, _ALL_THREADS, pointer) == 0)


def _filter(architecture: int, allowed: tuple[int, ...]) -> list[bytes]:
    """The filter as the kernel reads it: instructions of code, two jumps and a value."""

    def instruction(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("=HBBI", code, yes, no, value)

    return [
        instruction(_LOAD, 4),
        instruction(_EQUALS, architecture, yes=1),
        instruction(_RETURN, _KILL),
        instruction(_LOAD, 0),
        instruction(_AT_LEAST, _OTHER_ABI, yes=len(allowed)),
        *(instruction(_EQUALS, call, yes=len(allowed) - i) for i, call in enumerate(allowed)),
        instruction(_RETURN, _REFUSE),
        instruction(_RETURN, _ALLOW),
    ]


if __name__ == "__main__":
    main()
