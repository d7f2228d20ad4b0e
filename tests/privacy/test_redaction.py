"""Personal data is found, and what a shop's people say of shoes is not taken for it."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind import demo
from sayfind.privacy.redaction import find_personal, redact


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("call 415-555-2671 now", "call [phone] now"),
        ("call (415) 555-2671 x22", "call [phone]"),
        ("my number is +44 20 7946 0958", "my number is [phone]"),
        ("four one five five five five two six seven one", "[phone]"),
        ("four one five triple five two six seven one", "[phone]"),
        ("手机13800138000要跑鞋", "手机[phone]要跑鞋"),
        ("电话是010-62345678", "电话是[phone]"),
        ("幺三八零零幺三八零零零", "[phone]"),
        ("card 4111 1111 1111 1111 please", "card [card] please"),
        ("4111-1111-1111-1112", "4111-1111-1111-1112"),
        ("六二二六零九零零零零零零零零零零", "六二二六零九零零零零零零零零零零"),
        ("身份证11010519491231002X", "身份证[id]"),
        ("身份证110105194912310021", "身份证110105194912310021"),
        ("ssn 078-05-1120", "ssn [id]"),
        ("write to ann.lee+x@mail.example.com", "write to [email]"),
        ("ann dot lee at gmail dot com", "[email]"),
        ("my name is Ann Lee and I want shoes", "my name is [name] and I want shoes"),
        ("my name is ann lee", "my name is [name]"),
        ("for Mr. Smith", "for [name]"),
        ("我叫王小明，要一双跑鞋", "我叫[name]，要一双跑鞋"),
        ("收件人：欧阳娜娜 电话", "收件人：[name] 电话"),
        ("给李先生买", "给[name]先生买"),
        ("send it to 221 Baker Street", "send it to [address]"),
        ("12 Main St Apt 4, Springfield, IL 62704", "[address]"),
        ("po box 99", "[address]"),
        ("寄到北京市海淀区中关村大街27号3单元502室", "[address]"),
        ("阳光花园3栋502室", "[address]"),
    ],
)
def test_found(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nike air max 90 size 10",
        "006R90321 toner",
        "0095205603217",
        "计算器12位",
        "三星55寸电视",
        "iphone 15 pro max 256gb",
        "under 100 dollars",
        "between one hundred and two hundred",
        "Calvin Klein jeans",
        "Dr. Martens boots",
        "我是想要白色的鞋",
        "北京烤鸭",
        "1920x1080 144hz monitor",
        "1,000,000 mAh",
        "2.4 5 6 7 8 9 10",
        "men's trail running shoes 9",
        "适合女士的包",
        "一二三四五六",
    ],
)
def test_left_alone(text: str) -> None:
    assert redact(text) == text


def luhn(digits: str) -> str:
    doubled = [int(d) * (2 - place % 2) for place, d in enumerate(reversed(digits))]
    return str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)


@settings(deadline=None, max_examples=60)
@given(st.text("0123456789", min_size=14, max_size=14))
def test_a_card_is_one_by_its_check_digit_only(middle: str) -> None:
    body = "4" + middle
    right = luhn(body)
    assert redact(f"card {body}{right}") == "card [card]"
    wrong = str((int(right) + 3) % 10)
    assert "[card]" not in redact(f"card {body}{wrong}")


@settings(deadline=None, max_examples=60)
@given(st.dates(), st.integers(0, 999))
def test_an_identity_number_is_one_by_its_check_sign_only(born: object, order: int) -> None:
    body = f"440308{str(born).replace('-', '')}{order:03d}"
    weights = [2**place % 11 for place in range(17, 0, -1)]
    total = sum(int(d) * w for d, w in zip(body, weights, strict=True))
    signs = "0123456789X"
    right = next(sign for sign in signs if (total + signs.index(sign)) % 11 == 1)
    expected = "[id]" if str(born) >= "1900" else None
    if expected:
        assert redact(f"身份证{body}{right}") == "身份证[id]"
    wrong = signs[(signs.index(right) + 1) % 11]
    assert "[id]" not in redact(f"身份证{body}{wrong}")


@settings(deadline=None, max_examples=80)
@given(st.text(max_size=120))
def test_any_text_is_read_in_order_without_overlap(text: str) -> None:
    found = find_personal(text)
    for first, second in pairwise(found):
        assert first.end <= second.start
    assert all(0 <= f.start < f.end <= len(text) for f in found)


def test_a_long_text_takes_no_long_time() -> None:
    chance = random.Random(1)
    for alphabet in ("1 ", "一二 ", "a 1", "省市区路号", "one "):
        find_personal("".join(chance.choice(alphabet) for _ in range(2_000)))


def test_a_shop_keeps_its_words() -> None:
    rows = demo.catalog_path().read_text(encoding="utf-8").splitlines()
    taken = [row for row in rows[:2000] if find_personal(row.replace("\t", " | "))]
    assert len(taken) <= 1, taken
