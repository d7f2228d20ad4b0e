"""pocketsphinx's decoder by its C interface, which lets other threads run while it hears.

The package's own binding holds Python's lock for the quarter of a second that an utterance takes;
a call through ``ctypes`` does not. The C functions are those of the library inside the installed
package, where it shows them (Linux and macOS do; elsewhere ``open_decoder`` gives the binding).
``LibraryDecoder`` has the methods of ``pocketsphinx.Decoder`` that are used here.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int32, c_size_t, c_void_p
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["Heard", "LibraryDecoder", "Segment", "open_decoder"]

# name: (result, arguments), as in pocketsphinx.h of version 5.1
_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "ps_config_init": (c_void_p, (c_void_p,)),
    "ps_config_free": (c_int, (c_void_p,)),
    "ps_config_set_str": (c_void_p, (c_void_p, c_char_p, c_char_p)),
    "ps_config_set_int": (c_void_p, (c_void_p, c_char_p, ctypes.c_long)),
    "ps_config_set_float": (c_void_p, (c_void_p, c_char_p, c_double)),
    "ps_config_set_bool": (c_void_p, (c_void_p, c_char_p, c_int)),
    "ps_init": (c_void_p, (c_void_p,)),
    "ps_free": (c_int, (c_void_p,)),
    "ps_add_word": (c_int, (c_void_p, c_char_p, c_char_p, c_int)),
    "ps_reinit_feat": (c_int, (c_void_p, c_void_p)),
    "ps_start_utt": (c_int, (c_void_p,)),
    "ps_process_raw": (c_int, (c_void_p, c_char_p, c_size_t, c_int, c_int)),
    "ps_end_utt": (c_int, (c_void_p,)),
    "ps_get_hyp": (c_char_p, (c_void_p, POINTER(c_int32))),
    "ps_seg_iter": (c_void_p, (c_void_p,)),
    "ps_seg_next": (c_void_p, (c_void_p,)),
    "ps_seg_word": (c_char_p, (c_void_p,)),
    "ps_seg_frames": (None, (c_void_p, POINTER(c_int), POINTER(c_int))),
    "ps_seg_prob": (c_int32, (c_void_p, c_void_p, c_void_p, c_void_p)),
    "ps_seg_free": (None, (c_void_p,)),
    "ps_nbest": (c_void_p, (c_void_p,)),
    "ps_nbest_next": (c_void_p, (c_void_p,)),
    "ps_nbest_hyp": (c_char_p, (c_void_p, POINTER(c_int32))),
    "ps_nbest_free": (None, (c_void_p,)),
    "ps_get_logmath": (c_void_p, (c_void_p,)),
    "logmath_exp": (c_double, (c_void_p, c_int)),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """A reading; ``score`` is a probability on the scale of the search."""

    hypstr: str
    score: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A word of the best reading, its first and last frame and its posterior."""

    word: str
    start_frame: int
    end_frame: int
    prob: float


class LibraryDecoder:
    """A decoder; it belongs to one thread at a time, any number of them hear side by side."""

    def __init__(self, library: ctypes.CDLL, settings: Mapping[str, str | float | bool]) -> None:
        """Load what the settings name, ``hmm``, ``dict`` and ``lm``.

        Raises:
            RuntimeError: pocketsphinx refuses a setting or a file.
        """
        self._library = library
        self._decoder = None
        config = library.ps_config_init(None)
        try:
            for name, value in settings.items():
                _set(library, config, name, value)
            self._decoder = library.ps_init(config)
        finally:
            library.ps_config_free(config)
        if not self._decoder:
            raise RuntimeError("pocketsphinx cannot be opened with these settings")
        self._log_math = library.ps_get_logmath(self._decoder)

    def __del__(self) -> None:
        if self._decoder:
            self._library.ps_free(self._decoder)

    def reinit_feat(self) -> None:
        """Forget the noise and the cepstral mean of what was heard before."""
        self._checked(self._library.ps_reinit_feat(self._decoder, None))

    def add_word(self, word: str, phones: str, update: bool = True) -> None:
        """Hear one more word, likely as a rare one; ``phones`` are separated by spaces."""
        added = self._library.ps_add_word
        self._checked(added(self._decoder, word.encode(), phones.encode(), update))

    def start_utt(self) -> None:
        """Begin an utterance."""
        self._checked(self._library.ps_start_utt(self._decoder))

    def process_raw(self, pcm: bytes, *, full_utt: bool) -> None:
        """Hear 16-bit samples."""
        hear = self._library.ps_process_raw
        self._checked(hear(self._decoder, pcm, len(pcm) // 2, False, full_utt))

    def end_utt(self) -> None:
        """End the utterance; the readings can be had after it."""
        self._checked(self._library.ps_end_utt(self._decoder))

    def hyp(self) -> Heard | None:
        """The best reading."""
        score = c_int32()
        text = self._library.ps_get_hyp(self._decoder, byref(score))
        return None if text is None else Heard(text.decode(), self._probability(score.value))

    def seg(self) -> Iterator[Segment]:
        """The words of the best reading, silence and noises included."""
        library, start, end = self._library, c_int(), c_int()
        segment = library.ps_seg_iter(self._decoder)
        try:
            while segment:
                library.ps_seg_frames(segment, byref(start), byref(end))
                share = self._probability(library.ps_seg_prob(segment, None, None, None))
                word = library.ps_seg_word(segment).decode()
                yield Segment(word, start.value, end.value, share)
                segment = library.ps_seg_next(segment)
        finally:
            if segment:
                library.ps_seg_free(segment)

    def nbest(self) -> Iterator[Heard | None]:
        """Readings out of the lattice, best first, the same words more than once."""
        library, score = self._library, c_int32()
        reading = library.ps_nbest(self._decoder)
        try:
            while reading:
                text = library.ps_nbest_hyp(reading, byref(score))
                given = Heard((text or b"").decode(), self._probability(score.value))
                yield None if text is None else given
                reading = library.ps_nbest_next(reading)
        finally:
            if reading:
                library.ps_nbest_free(reading)

    def _probability(self, score: int) -> float:
        value: float = self._library.logmath_exp(self._log_math, score)
        return value

    def _checked(self, result: int) -> None:
        if result < 0:
            raise RuntimeError("pocketsphinx cannot hear this utterance")


def _set(library: ctypes.CDLL, config: int, name: str, value: str | float | bool) -> None:
    kinds = {str: "str", bool: "bool", int: "int", float: "float"}
    setter = getattr(library, f"ps_config_set_{kinds[type(value)]}")
    given = value.encode() if isinstance(value, str) else value
    if not setter(config, name.encode(), given):
        raise RuntimeError(f"pocketsphinx has no setting {name}")


@cache
def _library() -> ctypes.CDLL | None:
    """The library in the installed package; nothing where it does not show its functions."""
    import pocketsphinx

    places = Path(pocketsphinx.__file__).parent.glob("_pocketsphinx*.so")
    try:
        library = ctypes.CDLL(str(next(places)))
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (StopIteration, OSError, AttributeError):
        return None
    return library


def open_decoder(**settings: str | float | bool) -> Any:
    """A decoder with pocketsphinx's English acoustic model, by the C interface where it shows.

    Raises:
        RuntimeError, ValueError: pocketsphinx refuses a setting or a file.
    """
    import pocketsphinx

    library = _library()
    settings["loglevel"] = "FATAL"  # an utterance without an end is no news for a shop's log
    if library is None:
        return pocketsphinx.Decoder(**settings)
    hmm = Path(pocketsphinx.__file__).parent / "model" / "en-us" / "en-us"
    return LibraryDecoder(library, {"hmm": str(hmm), **settings})
