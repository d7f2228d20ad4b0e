"""``docs/errors.md``: every error, what it means, its HTTP status and its exit code."""

from __future__ import annotations

import inspect

import sayfind.errors
from reference.markdown import code, prose, table
from sayfind.errors import SayfindError

__all__ = ["error_classes", "errors_page"]

_INTRODUCTION = """# Errors

Whatever goes wrong on purpose is a `sayfind.errors.SayfindError`: one sentence that says what to do
next. The command line prints it after `sayfind:` and leaves with its exit code; the server answers
`{"error": {"type": "AudioError", "message": "..."}}` with its status. An exit code of 2 is also
what a wrong argument gives, and 130 an interruption; a fault of ours is a traceback, or status 500
with a `trace_id` that stands in the log."""

_DO = """## What to do

- **AudioError, MediaTypeError**: send WAV, FLAC, MP3, Ogg, WebM or M4A that plays elsewhere. A file
  that breaks off gives what is there.
- **TooLargeError**: recordings are at most 60 seconds and 16 MB, text 500 characters; a longer
  recording is refused before it is decoded. `sayfind serve --set max_seconds=120` raises a limit.
- **LanguageError**: type the query; the recogniser of this shop does not hear that language.
- **FeedError**: the sentence names the line. Without `--strict` a bad row is left out and counted.
- **ShopError**: build the shop again with `sayfind index`; it is damaged or of another version.
- **StorageError**: make room, or choose another folder. The shop that was there is as it was.
- **OverloadedError, QuotaError**: wait as long as `Retry-After` says.
- **AccessError, ForbiddenError**: send `Authorization: Bearer KEY`; `sayfind keys add` makes a key, with
  `--may write` or `--may staff` for what shoppers may not do ([security](security.md))."""


def error_classes() -> list[type[SayfindError]]:
    """Every error, each after its parent."""
    return [
        kind
        for kind in vars(sayfind.errors).values()
        if inspect.isclass(kind) and issubclass(kind, SayfindError)
    ]


def errors_page() -> str:
    """The page."""
    rows = [
        [
            code(kind.__name__),
            code(kind.__bases__[0].__name__),
            prose(kind).splitlines()[0],
            str(kind.status),
            str(kind.exit_code),
        ]
        for kind in error_classes()
    ]
    tree = table(["error", "is a", "when", "HTTP", "exit"], rows)
    return "\n\n".join([_INTRODUCTION, tree, _DO]) + "\n"
