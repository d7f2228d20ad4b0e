"""Keys and tokens: what opens, what does not, and what the file holds."""

from __future__ import annotations

import json
import stat
import threading
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.config import from_mapping
from sayfind.errors import AccessError, ConfigError
from sayfind.serving import ServingConfig
from sayfind.serving.security import ApiKey, KeyRing, Scope, SecurityConfig, TokenReader

NOW = 1_000_000.0
SECRET = "a secret of more than sixty-four bytes, which is what the longer hash wants"


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys.json")


def key(name: str = "page", **more: Any) -> ApiKey:
    return ApiKey("", name, "", **more)


class TestKeys:
    def test_a_key_opens_what_it_may(self, ring: KeyRing) -> None:
        shown = ring.add(key(scopes=(Scope.WRITE,), rate=2.5, per_day=7, max_seconds=3.0))
        caller = ring.check(shown, NOW)
        assert caller.scopes == {Scope.WRITE}
        assert (caller.rate, caller.per_day, caller.max_seconds) == (2.5, 7, 3.0)
        assert caller.name == f"key:{next(iter(ring.keys()))}"

    def test_the_file_is_private_and_holds_no_secret(self, ring: KeyRing) -> None:
        shown = ring.add(key())
        text = ring.path.read_text()
        assert shown.rpartition("_")[2] not in text
        assert shown[12:] not in text
        assert stat.S_IMODE(ring.path.stat().st_mode) == 0o600

    def test_what_is_not_the_key_does_not_open(self, ring: KeyRing) -> None:
        shown = ring.add(key())
        for wrong in (shown[:-1], shown + "x", shown.swapcase(), "sf_", "", "sf_00000000_x", "é"):
            with pytest.raises(AccessError, match="not known here"):
                ring.check(wrong, NOW)

    @settings(deadline=None, max_examples=40)
    @given(st.text(max_size=80))
    def test_no_text_opens_by_chance(self, text: str) -> None:
        empty = KeyRing(Path("unused"))
        empty._looked = time.monotonic() + 1e9
        with pytest.raises(AccessError):
            empty.check(text, NOW)

    def test_it_expires(self, ring: KeyRing) -> None:
        shown = ring.add(key(expires=NOW + 1))
        ring.check(shown, NOW)
        with pytest.raises(AccessError, match="expired"):
            ring.check(shown, NOW + 1)

    def test_a_revoked_key_ends_where_it_is_in_use(self, ring: KeyRing) -> None:
        shown, kept = ring.add(key("one")), ring.add(key("two"))
        server = KeyRing(ring.path)
        server.check(shown, NOW)
        ring.revoke("one")
        time.sleep(1.1)
        with pytest.raises(AccessError):
            server.check(shown, NOW)
        server.check(kept, NOW)

    def test_which_key_is_revoked_is_never_guessed(self, ring: KeyRing) -> None:
        ring.add(key("same"))
        ring.add(key("same"))
        with pytest.raises(ConfigError, match="2 keys 'same'"):
            ring.revoke("same")
        with pytest.raises(ConfigError, match="no key 'other'"):
            ring.revoke("other")
        ring.revoke(next(iter(ring.keys())))
        assert len(ring.keys()) == 1

    def test_two_who_add_at_once_both_have_their_key(self, ring: KeyRing) -> None:
        rings = [KeyRing(ring.path) for _ in range(8)]
        threads = [threading.Thread(target=each.add, args=[key()]) for each in rings]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(ring.keys()) == 8

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": [{"id": 1}]}', "\udcff"])
    def test_a_file_that_is_none_is_named(self, ring: KeyRing, text: str) -> None:
        ring.path.write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(ConfigError, match=r"keys\.json is no keys file"):
            ring.keys()

    def test_a_missing_file_is_named(self, ring: KeyRing) -> None:
        with pytest.raises(ConfigError, match="sayfind keys add"):
            ring.keys()


class TestTokens:
    @pytest.fixture
    def reader(self, monkeypatch: pytest.MonkeyPatch) -> TokenReader:
        monkeypatch.setenv("SAYFIND_JWT_KEY", SECRET)
        return TokenReader(SecurityConfig(jwt_algorithm="HS256", jwt_issuer="https://issuer"))

    def token(self, secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
        given = {
            "sub": "someone", "aud": "sayfind", "exp": time.time() + 60, "iss": "https://issuer",
            **claims,
        }  # fmt: skip
        return jwt.encode({k: v for k, v in given.items() if v is not None}, secret, algorithm)

    def test_a_token_opens_what_its_scope_says(self, reader: TokenReader) -> None:
        caller = reader.check(self.token(scope="staff write dance"))
        assert (caller.name, caller.scopes) == ("token:someone", {Scope.STAFF, Scope.WRITE})
        assert reader.check(self.token()).scopes == {Scope.SEARCH}

    @pytest.mark.parametrize(
        ("claims", "says"),
        [
            ({"exp": time.time() - 1}, "expired"),
            ({"exp": None}, "not valid"),
            ({"aud": "another"}, "not valid"),
            ({"aud": None}, "not valid"),
            ({"iss": "https://another"}, "not valid"),
            ({"sub": None}, "not valid"),
            ({"secret": SECRET.swapcase()}, "not valid"),
            ({"algorithm": "HS512"}, "not valid"),
        ],
    )
    def test_others_do_not_open(
        self, reader: TokenReader, claims: dict[str, Any], says: str
    ) -> None:
        with pytest.raises(AccessError, match=says):
            reader.check(self.token(**claims))

    def test_none_is_no_signature(self, reader: TokenReader) -> None:
        unsigned = jwt.encode({"sub": "x", "aud": "sayfind", "exp": 2e9}, None, "none")
        for token in (unsigned, "", "a.b.c", "é"):
            with pytest.raises(AccessError):
                reader.check(token)

    def test_a_public_key_is_no_shared_secret(self, tmp_path: Path) -> None:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.generate()
        forms = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        path = tmp_path / "issuer.pem"
        path.write_bytes(private.public_key().public_bytes(*forms))
        reader = TokenReader(SecurityConfig(jwt_algorithm="EdDSA", jwt_key_file=str(path)))
        claims = {"sub": "x", "aud": "sayfind", "exp": time.time() + 60}
        assert reader.check(jwt.encode(claims, private, "EdDSA")).name == "token:x"
        with pytest.raises(AccessError):
            reader.check(self.token())

    def test_a_short_secret_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SAYFIND_JWT_KEY", "short")
        with pytest.raises(ConfigError, match="32 bytes"):
            TokenReader(SecurityConfig(jwt_algorithm="HS256"))

    def test_without_a_key_there_are_no_tokens(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.delenv("SAYFIND_JWT_KEY", raising=False)
        with pytest.raises(ConfigError, match="SAYFIND_JWT_KEY"):
            TokenReader(SecurityConfig(jwt_algorithm="HS256"))
        with pytest.raises(ConfigError, match="Cannot read the token key"):
            TokenReader(SecurityConfig(jwt_algorithm="HS256", jwt_key_file=str(tmp_path / "none")))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"jwt_algorithm": "none"}, "jwt_algorithm"),
        ({"jwt_algorithm": "HS256", "jwt_audience": ""}, "jwt_audience"),
        ({"public_rate": -1.0}, "public_rate"),
        ({"public_burst": 0}, "public_burst"),
        ({"origins": ["*"]}, "origins"),
        ({"origins": ["https://shop.example.com/"]}, "origins"),
        ({"public": ["everything"]}, "public"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=f"security.*{named}"):
        from_mapping(ServingConfig, {"security": settings})


def test_the_settings_survive_the_command_line() -> None:
    from sayfind.config import override

    values = override({}, ["security.keys=k.json", 'security.public=["search", "write"]'])
    security = from_mapping(ServingConfig, values).security
    assert (security.keys, security.public) == ("k.json", (Scope.SEARCH, Scope.WRITE))
    assert json.dumps(list(security.public)) == '["search", "write"]'
