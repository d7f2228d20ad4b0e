"""Every error sayfind raises on purpose, by what the caller can do about it.

::

    SayfindError
    +-- InputError             the audio, text or feed is at fault          400, exit 2
    |   +-- AudioError         sound that cannot be read                    400, exit 2
    |   +-- TooLargeError      longer or bigger than the stated limit       413, exit 2
    |   +-- MediaTypeError     a content type nobody here can read          415, exit 2
    |   +-- LanguageError      speech in a language the shop cannot hear    422, exit 2
    |   `-- FeedError          a feed row or a feed as a whole              400, exit 2
    +-- ConfigError            a setting: its key, value, nearest valid     500, exit 3
    +-- MissingExtraError      needs a package that is not installed        501, exit 4
    +-- ModelError             a model or shop on disk that does not fit    500, exit 5
    |   `-- ShopError          unreadable, or made by another version       500, exit 5
    +-- StorageError           the disk is full or may not be written       507, exit 6
    +-- OverloadedError        too much at once; retry later                503, exit 7
    |   `-- QuotaError         more than this key or address may ask        429, exit 7
    `-- AccessError            no key, a wrong one, or an expired one       401, exit 8
        `-- ForbiddenError     a key that may not do this                   403, exit 8

Messages are one sentence that says what to do next.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

__all__ = [
    "AccessError",
    "AudioError",
    "ConfigError",
    "FeedError",
    "ForbiddenError",
    "InputError",
    "LanguageError",
    "MediaTypeError",
    "MissingExtraError",
    "ModelError",
    "OverloadedError",
    "QuotaError",
    "SayfindError",
    "ShopError",
    "StorageError",
    "TooLargeError",
    "require",
]


class SayfindError(Exception):
    """Root of the tree. ``status`` is the HTTP status, ``exit_code`` the process's."""

    status = 500
    exit_code = 1


class InputError(SayfindError):
    """The caller's audio, text or feed is at fault."""

    status = 400
    exit_code = 2


class AudioError(InputError):
    """Sound that cannot be read."""


class TooLargeError(InputError):
    """Input over a stated limit."""

    status = 413


class MediaTypeError(InputError):
    """A content type that cannot be read."""

    status = 415


class LanguageError(InputError):
    """Speech in a language that the shop's recogniser does not know."""

    status = 422


class FeedError(InputError):
    """A product feed, or (under ``--strict``) one row of it."""


class ConfigError(SayfindError):
    """A setting with a wrong name or value."""

    exit_code = 3


class MissingExtraError(SayfindError):
    """A capability whose packages are not installed."""

    status = 501
    exit_code = 4


class ModelError(SayfindError):
    """A model file that is missing, damaged or of another kind."""

    exit_code = 5


class ShopError(ModelError):
    """A shop folder that cannot be opened."""


class StorageError(SayfindError):
    """The disk is full or may not be written."""

    status = 507
    exit_code = 6


class OverloadedError(SayfindError):
    """Too much at once. ``retry_after`` is in seconds."""

    status = 503
    exit_code = 7

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class QuotaError(OverloadedError):
    """More requests than this key or address may send."""

    status = 429


class AccessError(SayfindError):
    """A key or token that is missing, wrong, revoked or expired."""

    status = 401
    exit_code = 8


class ForbiddenError(AccessError):
    """A key or token that is good, but not for this."""

    status = 403


def require(module: str, extra: str) -> ModuleType:
    """Import an optional package, or say which extra brings it.

    Raises:
        MissingExtraError: the package is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingExtraError(f"This needs {package}: pip install 'sayfind[{extra}]'.") from error
