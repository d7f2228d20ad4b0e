"""The gate in front of a real server: who is let in, to what, and how often."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from sayfind.audio.file import to_wav_bytes
from sayfind.errors import AccessError, QuotaError
from sayfind.serving.security import ApiKey, KeyRing, Scope, SecurityConfig
from sayfind.serving.security_gate import Doorkeeper, Meter, scope_of
from sayfind.types import Audio

JSON = {"Content-Type": "application/json"}
WORDS = json.dumps({"text": "running shoes"}).encode()


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys.json")


def bearer(key: str) -> dict[str, str]:
    return {**JSON, "Authorization": f"Bearer {key}"}


def secured(ring: KeyRing, **more: Any) -> dict[str, Any]:
    return {"security": SecurityConfig(keys=str(ring.path), **more)}


def add(ring: KeyRing, *scopes: Scope, **bounds: Any) -> str:
    return ring.add(ApiKey("", "test", "", scopes or (Scope.SEARCH,), **bounds))


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "/", None),
        ("GET", "/main.js", None),
        ("GET", "/health/ready", None),
        ("GET", "/metrics", Scope.STAFF),
        ("GET", "/status", Scope.STAFF),
        ("GET", "/status/style.css", Scope.STAFF),
        ("POST", "/v1/search", Scope.SEARCH),
        ("GET", "/v1/products/7", Scope.SEARCH),
        ("PUT", "/v1/products/7", Scope.WRITE),
        ("DELETE", "/v1/products/7", Scope.WRITE),
        ("DELETE", "/v1/feedback/visit-0001", Scope.SEARCH),
        ("PATCH", "/v1/anything", Scope.WRITE),
    ],
)
def test_what_each_request_needs(method: str, path: str, needed: Scope | None) -> None:
    assert scope_of(method, path) == needed


def test_with_keys_the_page_is_open_and_the_rest_is_not(
    start: Callable[..., Any], ring: KeyRing
) -> None:
    search, staff = add(ring), add(ring, Scope.STAFF)
    client = start(**secured(ring, public=()))
    assert client("GET", "/").status == 200
    assert client("GET", "/health/live").status == 200
    refused = client("POST", "/v1/search", WORDS, JSON)
    assert (refused.status, refused.json["error"]["type"]) == (401, "AccessError")
    assert refused.headers["www-authenticate"] == "Bearer"
    assert "default-src 'none'" in refused.headers["content-security-policy"]
    assert not client.search.asked
    assert client("POST", "/v1/search", WORDS, bearer(search)).status == 200
    assert client("POST", "/v1/search", WORDS, {**JSON, "X-Api-Key": search}).status == 200
    assert client("POST", "/v1/search", WORDS, bearer(search[:-1])).status == 401
    assert client("GET", "/metrics", headers=bearer(search)).status == 403
    assert client("GET", "/metrics", headers=bearer(staff)).status == 200
    assert client("POST", "/v1/search", WORDS, bearer(staff)).status == 403


def test_a_browser_is_asked_for_the_key_as_a_password_for_the_status_only(
    start: Callable[..., Any], ring: KeyRing
) -> None:
    shown = add(ring, Scope.STAFF, Scope.SEARCH)
    client = start(**secured(ring, public=()))
    refused = client("GET", "/status")
    assert refused.headers["www-authenticate"].startswith("Basic")
    password = base64.b64encode(f"anyone:{shown}".encode()).decode()
    basic = {**JSON, "Authorization": f"Basic {password}"}
    assert client("GET", "/status", headers=basic).status == 200
    assert client("POST", "/v1/search", WORDS, basic).status == 401
    for wrong in ("Basic", "Basic é", "Basic AAAA", f"Basic {password[:-6]}"):
        assert client("GET", "/status", headers={"Authorization": wrong}).status == 401


def test_a_public_shop_needs_keys_for_the_rest_only(
    start: Callable[..., Any], ring: KeyRing
) -> None:
    add(ring)
    client = start(**secured(ring))
    assert client("POST", "/v1/search", WORDS, JSON).status == 200
    assert client("PUT", "/v1/products/shoe-1", b"{}", JSON).status == 401
    assert client("GET", "/status").status == 401


def test_without_keys_this_machine_may_do_all_and_others_search(start: Callable[..., Any]) -> None:
    client = start()
    assert client("GET", "/metrics").status == 200
    assert client("POST", "/v1/search", WORDS, bearer("whatever")).status == 200
    away = {**JSON, "X-Forwarded-For": "203.0.113.7"}
    assert client("POST", "/v1/search", WORDS, away).status == 200
    assert client("GET", "/metrics", headers=away).status == 401
    # A name that leads here, and a page of another site, are not this machine.
    assert client("GET", "/metrics", headers={"Host": "evil.example"}).status == 401
    assert client("GET", "/metrics", headers={"Origin": "https://evil.example"}).status == 401


def test_rates_and_days_are_bounded_by_key(start: Callable[..., Any], ring: KeyRing) -> None:
    slow, few = add(ring, rate=0.5), add(ring, per_day=2)
    client = start(**secured(ring))
    ask = [client("POST", "/v1/search", WORDS, bearer(slow)) for _ in range(3)]
    assert [reply.status for reply in ask] == [200, 429, 429]
    assert ask[1].json["error"]["type"] == "QuotaError"
    assert 1 <= int(ask[1].headers["retry-after"]) <= 2
    ask = [client("POST", "/v1/search", WORDS, bearer(few)) for _ in range(3)]
    assert [reply.status for reply in ask] == [200, 200, 429]
    assert "tomorrow" in ask[2].json["error"]["message"]
    assert client("POST", "/v1/search", WORDS, JSON).status == 200


def test_an_address_without_a_key_is_bounded_too(start: Callable[..., Any]) -> None:
    client = start(security=SecurityConfig(public_rate=0.1, public_burst=3))
    assert [client.ask(text="x").status for _ in range(4)] == [200, 200, 200, 429]
    other = {**JSON, "X-Forwarded-For": "203.0.113.9"}
    assert client("POST", "/v1/search", WORDS, other).status == 200
    assert client("GET", "/").status == 200


def test_a_key_bounds_bodies_and_recordings(start: Callable[..., Any], ring: KeyRing) -> None:
    small, short = add(ring, max_bytes=1_000), add(ring, max_seconds=0.5)
    client = start(**secured(ring))
    sound = {"Content-Type": "audio/wav"}
    recording = to_wav_bytes(Audio(np.zeros(16_000, np.float32), 16_000))
    assert client("POST", "/v1/search", recording, sound).status == 200
    refused = client("POST", "/v1/search", recording, {**bearer(small), **sound})
    assert (refused.status, refused.json["error"]["type"]) == (413, "TooLargeError")
    refused = client("POST", "/v1/search", recording, {**bearer(short), **sound})
    assert refused.status == 413
    assert "0.5 seconds" in refused.json["error"]["message"]


def test_named_sites_may_call_and_others_may_not(start: Callable[..., Any]) -> None:
    site = "https://shop.example.com"
    client = start(security=SecurityConfig(origins=(site,)))
    asks = {"Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-sayfind-session"}  # fmt: skip
    good = client("OPTIONS", "/v1/search", headers={"Origin": site, **asks})
    assert good.headers["access-control-allow-origin"] == site
    bad = client("OPTIONS", "/v1/search", headers={"Origin": "https://evil.example", **asks})
    assert "access-control-allow-origin" not in bad.headers
    reply = client("POST", "/v1/search", WORDS, {**JSON, "Origin": site})
    assert reply.headers["access-control-allow-origin"] == site
    assert "access-control-allow-credentials" not in reply.headers


def test_no_site_may_call_unless_it_is_named(client: Any) -> None:
    reply = client("POST", "/v1/search", WORDS, {**JSON, "Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in reply.headers


def test_only_its_own_names_are_answered(start: Callable[..., Any]) -> None:
    client = start(security=SecurityConfig(hosts=("shop.example.com",)))
    assert client("GET", "/", headers={"Host": "shop.example.com"}).status == 200
    assert client("GET", "/", headers={"Host": "evil.example"}).status == 400


def status_of(port: int, query: str = "", **headers: str) -> int:
    try:
        with connect(f"ws://127.0.0.1:{port}/v1/stream{query}", additional_headers=headers):
            return 101
    except InvalidStatus as error:
        return int(error.response.status_code)


def test_sockets_pass_the_same_gate(start: Callable[..., Any], ring: KeyRing) -> None:
    shown = add(ring)
    port = start(**secured(ring, public=())).port
    assert status_of(port) == 403
    assert status_of(port, "?access_token=sf_00000000_x") == 403
    assert status_of(port, f"?access_token={shown}") == 101
    assert status_of(port, Authorization=f"Bearer {shown}") == 101
    assert status_of(port, f"?access_token={shown}", Origin="https://evil.example") == 403
    assert status_of(port, f"?access_token={shown}", Origin=f"http://127.0.0.1:{port}") == 101


def test_over_https_browsers_are_told_to_stay_there(client: Any) -> None:
    over = client("GET", "/", headers={"X-Forwarded-Proto": "https"})
    assert "max-age" in over.headers["strict-transport-security"]
    assert "strict-transport-security" not in client("GET", "/").headers


def scope(**headers: str) -> dict[str, Any]:
    raw = [(k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()]
    return {"type": "http", "method": "GET", "path": "/metrics", "headers": raw,
            "client": ("127.0.0.1", 5)}  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60))
@example("[")
def test_no_header_opens_by_chance(text: str) -> None:
    keeper = Doorkeeper(SecurityConfig())
    for name in ("Host", "Origin", "Authorization", "X-Api-Key"):
        given = scope(**{"Host": "elsewhere", name: text})
        if name == "Host" and text.strip().lower().partition(":")[0] in ("localhost", "127.0.0.1"):
            continue
        with pytest.raises(AccessError):
            keeper.admit(given)


class TestMeter:
    @settings(deadline=None, max_examples=40)
    @given(
        rate=st.floats(0.1, 50), burst=st.integers(1, 20),
        gaps=st.lists(st.floats(0, 2), max_size=80),
    )  # fmt: skip
    def test_no_more_than_rate_and_burst_ever_pass(
        self, rate: float, burst: int, gaps: list[float]
    ) -> None:
        meter, now, passed = Meter(), 1e6, 0
        for gap in gaps:
            now += gap
            try:
                meter.take("a", rate, burst, 0, now)
                passed += 1
            except QuotaError as error:
                assert 0 < error.retry_after <= 1 / rate + 1e-6
        assert passed <= burst + rate * sum(gaps) + 1e-6

    def test_who_waits_as_told_is_let_in(self) -> None:
        meter = Meter()
        meter.take("a", 0.5, 1, 0, 100.0)
        with pytest.raises(QuotaError) as refused:
            meter.take("a", 0.5, 1, 0, 100.5)
        meter.take("a", 0.5, 1, 0, 100.5 + refused.value.retry_after)

    def test_a_day_begins_anew(self) -> None:
        meter, noon = Meter(), 86_400 * 10.5
        meter.take("a", 0, 1, 1, noon)
        with pytest.raises(QuotaError) as refused:
            meter.take("a", 0, 1, 1, noon)
        assert refused.value.retry_after == 43_200
        meter.take("a", 0, 1, 1, noon + refused.value.retry_after)

    def test_it_does_not_grow_for_ever(self) -> None:
        meter, started = Meter(), time.perf_counter()
        for number in range(25_000):
            meter.take(str(number), 1.0, 2, 0, 100.0)
        assert len(meter._used) == 20_000
        assert time.perf_counter() - started < 5
