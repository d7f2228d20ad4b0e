"""Who may do what: keys and signed tokens, and what each of them opens.

Knows secrets and scopes; nothing of HTTP (``security_gate`` asks here). A key is
``sf_<id>_<secret>``; only a hash of its secret is kept. With 256 random bits in it, a fast hash is
as good as a slow one. Secrets come from files or the environment, never from settings.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from sayfind.errors import AccessError, ConfigError, StorageError, require

__all__ = ["ApiKey", "Caller", "KeyRing", "Scope", "SecurityConfig", "TokenReader"]

TOKEN_SECRET = "SAYFIND_JWT_KEY"
_ALGORITHMS = ("HS256", "HS512", "RS256", "ES256", "EdDSA")
_LEAST_BYTES = {"HS256": 32, "HS512": 64}  # of a shared secret (RFC 7518, section 3.2)
_NEVER = hashlib.sha256(b"no key has this hash").hexdigest()
_LOOK_AGAIN = 1.0  # seconds after which a changed keys file is noticed: a revoked key ends by then


class Scope(StrEnum):
    """What a caller may do: search (and give feedback), change products, see figures."""

    SEARCH = "search"
    WRITE = "write"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class SecurityConfig:
    """Who may ask what of the server.

    ``keys`` is the file that ``sayfind keys`` writes. ``jwt_algorithm`` (HS256, HS512, RS256,
    ES256, EdDSA) turns on signed tokens, checked with the key in ``jwt_key_file`` or in the
    environment variable SAYFIND_JWT_KEY, for the audience ``jwt_audience`` and, if given, the
    issuer ``jwt_issuer``. ``public`` is what needs neither key nor token: by default searching,
    since the shop's own page has none. While there are no keys and no tokens, everything is open
    to this machine itself and nothing but ``public`` to others. ``public_rate`` bounds the requests
    a second of one address without a key (0: no bound), ``public_burst`` how many may come at
    once. ``origins`` are other sites whose pages may call, such as ``https://shop.example.com``;
    ``hosts`` the names that this server answers to (empty: any).
    """

    keys: str = ""
    jwt_algorithm: str = ""
    jwt_key_file: str = ""
    jwt_audience: str = "sayfind"
    jwt_issuer: str = ""
    public: tuple[Scope, ...] = (Scope.SEARCH,)
    public_rate: float = 0.0
    public_burst: int = 60
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.jwt_algorithm and self.jwt_algorithm not in _ALGORITHMS:
            known = ", ".join(_ALGORITHMS)
            raise ConfigError(
                f"serving.security.jwt_algorithm is {self.jwt_algorithm!r}; choose one of {known}."
            )
        if self.jwt_algorithm and not self.jwt_audience:
            raise ConfigError("serving.security.jwt_audience is empty; name whom tokens are for.")
        if self.public_rate < 0 or self.public_burst < 1:
            raise ConfigError(
                "serving.security.public_rate is 0 or more, and public_burst 1 or more."
            )
        for origin in self.origins:
            if not origin.startswith(("https://", "http://")) or origin.count("/") != 2:
                raise ConfigError(
                    f"serving.security.origins holds {origin!r}; write an origin such as "
                    "https://shop.example.com."
                )

    @property
    def has_callers(self) -> bool:
        """Whether there is anything that a caller could show."""
        return bool(self.keys or self.jwt_algorithm)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: ``name`` for rates and logs (never a secret), and what it may do.

    ``rate`` is in requests a second and ``per_day`` in requests (0: no bound); ``max_bytes`` bounds
    a body and ``max_seconds`` a recording beyond what the server's own limits do (0: no more).
    """

    name: str
    scopes: frozenset[Scope]
    rate: float = 0.0
    per_day: int = 0
    max_bytes: int = 0
    max_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One line of a keys file; times in seconds since 1970, ``expires`` 0 for never."""

    id: str
    name: str
    hash: str
    scopes: tuple[Scope, ...] = (Scope.SEARCH,)
    rate: float = 0.0
    per_day: int = 0
    max_bytes: int = 0
    max_seconds: float = 0.0
    created: float = 0.0
    expires: float = 0.0

    def caller(self) -> Caller:
        """Who shows it."""
        scopes = frozenset(self.scopes)
        bounds = (self.rate, self.per_day, self.max_bytes, self.max_seconds)
        return Caller(f"key:{self.id}", scopes, *bounds)


@dataclass
class KeyRing:
    """The keys in one file, which may change while a server reads it."""

    path: Path
    _keys: dict[str, ApiKey] = field(default_factory=dict, repr=False)
    _stamp: tuple[int, int] = (0, 0)
    _looked: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def check(self, key: str, now: float) -> Caller:
        """Who shows a key.

        Raises:
            AccessError: no such key, or it has expired.
        """
        _, _, rest = key.partition("sf_")
        name, _, secret = rest.partition("_")
        found = self.keys().get(name)
        # Compared also where there is none: the time taken does not tell which ids exist.
        good = hmac.compare_digest(_hash(secret), found.hash if found else _NEVER)
        if found is None or not good:
            raise AccessError("This key is not known here; ask who runs the server for one.")
        if found.expires and now >= found.expires:
            raise AccessError("This key has expired; ask who runs the server for a new one.")
        return found.caller()

    def keys(self) -> Mapping[str, ApiKey]:
        """All keys by id, as the file has them now.

        Raises:
            ConfigError: the file is missing or is no keys file.
        """
        with self._lock:
            if time.monotonic() - self._looked >= _LOOK_AGAIN:
                self._look()
            return self._keys

    def _look(self) -> None:
        try:
            stat = self.path.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp != self._stamp:
                self._keys, self._stamp = _read(self.path), stamp
        except FileNotFoundError as error:
            raise ConfigError(
                f"There is no keys file {self.path}; `sayfind keys add` makes it."
            ) from error
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ConfigError(f"{self.path} is no keys file that can be read: {error}.") from error
        self._looked = time.monotonic()

    def add(self, key: ApiKey) -> str:
        """Put a key with a new id and secret in the file; the key itself, never to be seen again.

        Raises:
            StorageError: the file cannot be written.
        """
        secret, name = secrets.token_urlsafe(32), secrets.token_hex(4)
        with self._changing() as keys:
            keys[name] = replace(key, id=name, hash=_hash(secret))
        return f"sf_{name}_{secret}"

    def revoke(self, name: str) -> ApiKey:
        """Take a key out by its id or its name.

        Raises:
            ConfigError: there is no such key, or more than one of that name.
        """
        with self._changing() as keys:
            found = [key for key in keys.values() if name in (key.id, key.name)]
            if len(found) != 1:
                count = "no key" if not found else f"{len(found)} keys"
                raise ConfigError(f"There is {count} {name!r}; `sayfind keys list` has their ids.")
            return keys.pop(found[0].id)

    @contextmanager
    def _changing(self) -> Iterator[dict[str, ApiKey]]:
        """The keys to be changed by nobody else meanwhile; then written, whole or not at all."""
        import fcntl  # of Unix; nothing else here needs one

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                keys = _read(self.path) if self.path.exists() else {}
                yield keys
                _write(self.path, keys)
        except OSError as error:
            raise StorageError(f"Cannot write {self.path}: {error.strerror}.") from error
        self._looked = float("-inf")


class TokenReader:
    """Signed tokens (JWT): who they are for, what they open, until when."""

    def __init__(self, config: SecurityConfig) -> None:
        """Take the key from its file, or from the environment.

        Raises:
            MissingExtraError: PyJWT is not installed.
            ConfigError: there is no key.
        """
        self._jwt: Any = require("jwt", extra="secure")
        self._config = config
        self._key = _secret(config)

    def check(self, token: str) -> Caller:
        """Who shows a token; its ``scope`` holds scopes with spaces between them.

        Raises:
            AccessError: it is not signed by us, not for us, expired, or lacks a claim.
        """
        config = self._config
        try:
            claims: dict[str, Any] = self._jwt.decode(
                token,
                self._key,
                algorithms=[config.jwt_algorithm],
                audience=config.jwt_audience,
                issuer=config.jwt_issuer or None,
                options={"require": ["exp", "aud", "sub"]},
            )
        except self._jwt.ExpiredSignatureError as error:
            raise AccessError("This token has expired; get a new one.") from error
        except self._jwt.PyJWTError as error:
            raise AccessError("This token is not valid here; get a new one.") from error
        words = str(claims.get("scope", Scope.SEARCH)).split()
        scopes = frozenset(scope for scope in Scope if scope in words)
        return Caller(f"token:{str(claims['sub'])[:64]}", scopes)


def _secret(config: SecurityConfig) -> str:
    secret, source = os.environ.get(TOKEN_SECRET, ""), config.jwt_key_file or TOKEN_SECRET
    if config.jwt_key_file:
        try:
            secret = Path(config.jwt_key_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"Cannot read the token key {config.jwt_key_file}.") from error
    if not secret:
        raise ConfigError(
            f"Tokens need a key: set security.jwt_key_file, or {TOKEN_SECRET} in the environment."
        )
    least = _LEAST_BYTES.get(config.jwt_algorithm, 0)
    if len(secret.encode()) < least:
        raise ConfigError(f"The key in {source} is short; {least} bytes or more are needed.")
    return secret


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _read(path: Path) -> dict[str, ApiKey]:
    rows = json.loads(path.read_text(encoding="utf-8"))["keys"]
    keys = [ApiKey(**{**row, "scopes": tuple(map(Scope, row["scopes"]))}) for row in rows]
    return {key.id: key for key in keys}


def _write(path: Path, keys: Mapping[str, ApiKey]) -> None:
    """Only its owner may read it, hashes or not."""
    new = path.with_suffix(".new")
    body = json.dumps({"keys": [asdict(key) for key in keys.values()]}, indent=1)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(body + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
