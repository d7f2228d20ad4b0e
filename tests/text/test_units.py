from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.errors import InputError
from sayfind.text.unit_table import UNIT_OF_NAME, UNITS
from sayfind.text.units import Dimension, convert, dimension, parse_quantities, parse_sizes

QUANTITIES = [
    ('17" laptop, 2 kg, under $1,299.50', [('17"', 17, "in"), ("2 kg", 2, "kg"),
                                           ("$1,299.50", 1299.5, "USD")]),
    ("under fifty dollars", [("fifty dollars", 50, "USD")]),
    ("two hundred fifty gigabytes", [("two hundred fifty gigabytes", 250, "gb")]),
    ("13.3-inch or 13.3 inches or 13.3in", [("13.3-inch", 13.3, "in"), ("13.3 inches", 13.3, "in"),
                                            ("13.3in", 13.3, "in")]),
    ("500g 5 kg 8oz 8 fl oz", [("500g", 500, "g"), ("5 kg", 5, "kg"), ("8oz", 8, "oz"),
                               ("8 fl oz", 8, "fl oz")]),
    ("an eight ounce americano", [("eight ounce", 8, "oz")]),
    ("5000mah 20000毫安", [("5000mah", 5000, "mah"), ("20000毫安", 20000, "mah")]),
    ("2.4ghz 144 hz", [("2.4ghz", 2.4, "ghz"), ("144 hz", 144, "hz")]),
    ("1tb ssd 128GB", [("1tb", 1, "tb"), ("128GB", 128, "gb")]),
    ("6' cable 6 ft", [("6'", 6, "ft"), ("6 ft", 6, "ft")]),
    ("1080p", [("1080p", 1080, "p")]),
    ("90% cotton", [("90%", 90, "%")]),
    ("12v 5 amp", [("12v", 12, "v"), ("5 amp", 5, "a")]),
    ("€20 20€ £5 ¥99", [("€20", 20, "EUR"), ("20€", 20, "EUR"), ("£5", 5, "GBP"),
                        ("¥99", 99, "CNY")]),
    ("rmb 300", [("rmb 300", 300, "CNY")]),
    ("ten pounds", [("ten pounds", 10, "lb")]),
    ("under ten pounds", [("ten pounds", 10, "GBP")]),
    ("2-pack 3 pack", [("2-pack", 2, "pack"), ("3 pack", 3, "pack")]),
    ("6 pc(s) 2 pairs", [("6 pc(s)", 6, "pcs"), ("2 pairs", 2, "pair")]),
    ("两百块以内", [("两百块", 200, "CNY")]),
    ("50元 99刀 30块钱", [("50元", 50, "CNY"), ("99刀", 99, "USD"), ("30块钱", 30, "CNY")]),
    ("八块五的", [("八块五", 8.5, "CNY")]),
    ("8块5", [("8块5", 8.5, "CNY")]),
    ("30多块", [("30多块", 30, "CNY")]),
    ("2万元", [("2万元", 20000, "CNY")]),
    ("一米八的床 1米5", [("一米八", 1.8, "m"), ("1米5", 1.5, "m")]),
    ("两斤半", [("两斤半", 2.5, "jin")]),
    ("半斤 二两茶叶", [("半斤", 0.5, "jin"), ("二两", 2, "liang")]),
    ("55寸电视", [("55寸", 55, "in")]),
    ("5千克 三千瓦", [("5千克", 5, "kg"), ("三千瓦", 3, "kw")]),
    ("500ml*24瓶", [("500ml", 500, "ml"), ("24瓶", 24, "pack")]),
    ("百分之五十", [("百分之五十", 50, "%")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), QUANTITIES)
def test_parse_quantities(text: str, expected: list[tuple[str, float, str]]) -> None:
    found = [(text[q.start : q.end], q.value, q.unit) for q in parse_quantities(text)]
    assert found == expected


@pytest.mark.parametrize(
    "text",
    ["5g phone", "4k tv", "3d printer", "5 in 1", "5升级版", "刀具", "dv7-1211ea", "rtx 4090",
     "iphone 15", "a dozen eggs", "3件套", "2个月", "802.11g", "三星", "size m", ""],
)  # fmt: skip
def test_what_is_no_quantity(text: str) -> None:
    assert [q for q in parse_quantities(text) if q.unit != "set"] == []


@given(st.text())
def test_what_is_found_in_any_text_lies_in_it_in_order(text: str) -> None:
    spans = parse_quantities(text)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(0 <= q.start < q.end <= len(text) and q.unit in UNITS for q in spans)
    sizes = parse_sizes(text)
    assert all(0 <= s.start < s.end <= len(text) and s.label for s in sizes)
    assert [s.start for s in sizes] == sorted(s.start for s in sizes)


@given(st.integers(1, 9999), st.sampled_from(sorted(UNITS)))
def test_the_symbol_of_every_unit_is_read(value: int, unit: str) -> None:
    if unit in ("a", "p", "in", "t", "s", "h", "chi", "jin", "liang", "JPY", "pt", "mw"):
        return  # these symbols are too much like words; they have spelled names
    if unit in ("g", "m", "pcs") or UNITS[unit].names:
        found = parse_quantities(f"about {value} {UNITS[unit].names[-1]} of it")
        assert [(q.value, q.unit) for q in found] in ([(value, unit)], [(value, "GBP")])


def test_every_spelling_belongs_to_one_unit() -> None:
    assert sum(len(unit.names) for unit in UNITS.values()) == len(UNIT_OF_NAME)


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        (17, "in", "cm", 43.18), (1, "斤", "g", 500), (2, "kg", "lb", 4.409245),
        (1, "tb", "gb", 1000), (8, "fl oz", "ml", 236.588237), (1, "gallon", "liters", 3.785412),
        (6, "feet", "m", 1.8288), (2.4, "ghz", "mhz", 2400), (5, "USD", "dollars", 5),
        (1, "inch", "英寸", 1), (3, "尺", "m", 1), (20, "Ah", "mAh", 20000),
    ],
)  # fmt: skip
def test_convert(value: float, unit: str, to: str, expected: float) -> None:
    assert convert(value, unit, to) == pytest.approx(expected, rel=1e-6)


@given(
    st.floats(0.001, 1e6),
    st.sampled_from([u for u, x in UNITS.items() if x.dimension not in ("money", "count")]),
    st.data(),
)
def test_convert_there_and_back(value: float, unit: str, data: st.DataObject) -> None:
    same = [u for u, x in UNITS.items() if x.dimension is UNITS[unit].dimension]
    other = data.draw(st.sampled_from(same))
    assert convert(convert(value, unit, other), other, unit) == pytest.approx(value)


@pytest.mark.parametrize(
    ("unit", "to"), [("kg", "cm"), ("USD", "EUR"), ("pack", "pcs"), ("oz", "ml"), ("gb", "g")]
)
def test_units_that_do_not_convert_are_refused(unit: str, to: str) -> None:
    with pytest.raises(InputError):
        convert(1, unit, to)


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(InputError, match="furlong"):
        convert(1, "furlong", "m")
    with pytest.raises(InputError):
        dimension("")
    assert dimension("英寸") is Dimension.LENGTH


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("size m", [("M", "")]), ("in size XL please", [("XL", "")]), ("size 42", [("42", "")]),
        ("EU 42", [("42", "EU")]), ("us 9.5", [("9.5", "US")]), ("size uk 8", [("8", "UK")]),
        ("42码 36.5码", [("42", ""), ("36.5", "")]), ("XXL 2xl", [("XXL", ""), ("XXL", "")]),
        ("size nine", [("9", "")]), ("size extra large", [("XL", "")]), ("尺码L", [("L", "")]),
        ("s码", [("S", "")]), ("欧码42", [("42", "EU")]), ("四十二码的鞋", [("42", "")]),
        ("三十八 码", [("38", "")]), ("二维码", []), ("一百码", []),
        ("m&m", []), ("men's", []), ("us 5 dollars", []), ("large dog", []), ("5 l pot", []),
        ("iphone 15", []), ("size", []),
    ],
)  # fmt: skip
def test_parse_sizes(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(s.label, s.system) for s in parse_sizes(text)] == expected
