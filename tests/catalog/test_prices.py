from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.catalog.prices import Price, parse_price


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("$1,299.00", 1299.0, "USD"),
        ("1.299,00 €", 1299.0, "EUR"),
        ("19.99 USD", 19.99, "USD"),
        ("USD 19.99", 19.99, "USD"),
        ("￥199", 199.0, "CNY"),
        ("¥1,999.50", 1999.5, "CNY"),
        ("199元", 199.0, "CNY"),
        ("199元起", 199.0, "CNY"),
        ("RMB 25", 25.0, "CNY"),
        ("1299", 1299.0, ""),
        ("1299.5", 1299.5, ""),
        ("0", 0.0, ""),
        ("free", 0.0, ""),
        ("1,299", 1299.0, ""),
        ("1,29", 1.29, ""),
        ("1,2", 1.2, ""),
        ("1.299", 1.299, ""),
        ("1.299 €", 1299.0, "EUR"),
        ("12,50 €", 12.5, "EUR"),
        ("€ 12.50", 12.5, "EUR"),
        ("£5", 5.0, "GBP"),
        ("US$ 5.25", 5.25, "USD"),
        ("HK$80", 80.0, "HKD"),
        ("1 299,00 zł", 1299.0, "PLN"),
        ("1'299.00 CHF", 1299.0, "CHF"),
        ("1\xa0299,00 €", 1299.0, "EUR"),
        ("12,34,567.00", 1234567.0, ""),
        ("1,234,567", 1234567.0, ""),
        ("1.234.567", 1234567.0, ""),
        ("299 kr", 299.0, ""),
        ("  7 ", 7.0, ""),
        (7, 7.0, ""),
        (7.25, 7.25, ""),
    ],
)
def test_prices(text: object, amount: float, currency: str) -> None:
    assert parse_price(text) == Price(amount, currency)


@pytest.mark.parametrize("text", ["", " ", "-", "N/A", "null", "None", "nan", "无"])
def test_no_price_is_none(text: str) -> None:
    assert parse_price(text) is None


@pytest.mark.parametrize(
    "text",
    ["cheap", "-5", "-0.01", "$10 - $20", "1.2.3", "1,2,3", "1,23,4", "10 bananas", "$", "1e5 USD",
     "12..5", "call us 555", "inf", float("inf"), float("nan"), True, -3, "1.299,00,00"],
)  # fmt: skip
def test_bad_prices_are_refused(text: object) -> None:
    with pytest.raises(ValueError, match="bad price"):
        parse_price(text)


@pytest.mark.parametrize(
    ("value", "amount"),
    [("1299", 12.99), (1299, 12.99), (1299.0, 12.99), ("12.99", 12.99), (12.99, 12.99), ("0", 0.0)],
)
def test_cents_only_for_whole_numbers(value: object, amount: float) -> None:
    price = parse_price(value, cents=True)
    assert price is not None
    assert price.amount == pytest.approx(amount)


@pytest.mark.parametrize(("text", "amount"), [("1.299", 1299.0), ("1,299", 1.299), ("9,5", 9.5)])
def test_decimal_comma(text: str, amount: float) -> None:
    price = parse_price(text, decimal_comma=True)
    assert price is not None
    assert price.amount == pytest.approx(amount)


@given(st.integers(min_value=0, max_value=10**9), st.integers(min_value=0, max_value=99))
def test_the_two_spellings_agree(whole: int, cents: int) -> None:
    american = f"${whole:,}.{cents:02d}"
    continental = american.replace(",", " ").replace(".", ",").replace(" ", ".")[1:] + " €"
    expected = float(f"{whole}.{cents:02d}")
    for text in (american, continental):
        price = parse_price(text)
        assert price is not None
        assert price.amount == expected


@given(st.text(max_size=40))
def test_any_text_is_a_price_or_a_value_error(text: str) -> None:
    try:
        price = parse_price(text)
    except ValueError:
        return
    assert price is None or price.amount >= 0
