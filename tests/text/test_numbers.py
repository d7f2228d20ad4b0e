from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.errors import InputError
from sayfind.text.numbers import (
    mandarin_number_words,
    number_spans,
    number_words,
    to_digits,
)

ENGLISH = """
twenty five -> 25
twenty-five -> 25
fifteen hundred -> 1500
a hundred -> 100
a thousand dollars -> 1000 dollars
two hundred and fifty -> 250
two hundred fifty dollars -> 250 dollars
five thousand six hundred -> 5600
five thousand six -> 5006
two thousand and five -> 2005
one million two hundred thousand -> 1200000
rtx forty ninety -> rtx 4090
rtx four thousand ninety -> rtx 4090
rtx four zero nine zero -> rtx 4090
four oh nine oh -> 4090
g t x ten sixty -> g t x 1060
nineteen ninety nine -> 1999
nineteen oh five -> 1905
twenty twenty five -> 2025
fifty seven hundred x t -> 5700 x t
iphone fifteen pro max -> iphone 15 pro max
galaxy s twenty three -> galaxy s 23
w h one thousand x m five -> w h 1000 x m 5
one two three four -> 1234
one double five -> 155
four point five -> 4.5
thirteen point three inch -> 13.3 inch
usb three point oh -> usb 3.0
zero point five liters -> 0.5 liters
point five liter -> 0.5 liter
four point ninety nine -> 4.99
one point five million -> 1500000
two and a half liters -> 2.5 liters
half a liter -> 0.5 liter
half a dozen eggs -> 6 eggs
half dozen -> 6
half a million -> 500000
a dozen roses -> 12 roses
two dozen roses -> 24 roses
5 million -> 5000000
4 point 5 -> 4.5
under two fifty -> under 250
two fifty dollars -> 250 dollars
two fifty six gig -> 256 gig
five twelve gigabytes -> 512 gigabytes
one forty four hertz monitor -> 144 hertz monitor
canon five fifty d -> canon 550 d
c two fifty -> c 250
two fifty inch tvs -> 2 50 inch tvs
three sixteen inch monitors -> 3 16 inch monitors
two one liter bottles -> 2 1 liter bottles
between one hundred and two hundred dollars -> between 100 and 200 dollars
between one hundred and one fifty -> between 100 and 150
between five and six hundred -> between 500 and 600
one fifty to two fifty -> 150 to 250
two to three hundred dollars -> 200 to 300 dollars
less than fifty bucks -> less than 50 bucks
hundred dollars -> 100 dollars
one liter bottle -> 1 liter bottle
two in one laptop -> 2 in 1 laptop
an eight ounce latte -> an 8 ounce latte
eight gigs of ram one terabyte -> 8 gigs of ram 1 terabyte
size nine -> size 9
number one -> number 1
four-door -> 4-door
forever twenty one -> forever 21
three m tape -> 3 m tape
one hundred percent cotton -> 100 percent cotton
FIFTY Dollars -> 50 Dollars
ninety nine thousand nine hundred ninety nine -> 99999
one one thousand -> one 1000
"""

UNTOUCHED = """
one plus
xbox one
the red one
this one or that one
all in one printer
one size fits all
for two-tone -> for 2-tone
for to won ate too tu
oh my
the o
a few hundred dollars
several thousand
couple hundred
hundreds of dollars
thousand island dressing
first second third
twenty first century
one hundred first
three quarter sleeve
half zip sweater
half sleeve
zero sugar cola
coke zero
seconds
fortune
oneplus
someone
tent tenor
iphone 15
1,299.99
point of sale
access point
dozens of eggs
an inch
a
-
"""

CHINESE = """
两百块以内 -> 200块以内
三千左右 -> 3000左右
三千五 -> 3500
三千五的手机 -> 3500的手机
两千出头 -> 2000出头
一百二 -> 120
一千二 -> 1200
两百五 -> 250
二百五十 -> 250
两百五十 -> 250
一百零五 -> 105
一千零五十 -> 1050
一万二 -> 12000
两万三千 -> 23000
三万五千 -> 35000
十万 -> 100000
三百万 -> 3000000
一亿 -> 100000000
十五 -> 15
五十到一百块 -> 50到100块
二十五寸电视 -> 25寸电视
五百毫升 -> 500毫升
两斤装 -> 2斤装
二两茶叶 -> 2两茶叶
半斤 -> 0.5斤
四点五寸 -> 4.5寸
一点五升 -> 1.5升
十五点六寸 -> 15.6寸
一点五万 -> 15000
rtx四零九零 -> rtx4090
四零九零显卡 -> 4090显卡
iphone十五 -> iphone15
苹果十五手机 -> 苹果15手机
华为p六十 -> 华为p60
五g手机 -> 5g手机
四k电视 -> 4k电视
a四纸 -> a4纸
二十多块 -> 20多块
百分之五十 -> 50%
百分之百棉 -> 100%棉
三百一个 -> 300一个
两件衣服 -> 2件衣服
三到五斤 -> 3到5斤
二零二五年新款 -> 2025年新款
千元以内 -> 1000元以内
百元以下 -> 100元以下
五千克 -> 5千克
三千瓦 -> 3千瓦
三百六十度 -> 360度
不超过五千 -> 不超过5000
一米八的床 -> 1米八的床
幺三八零零 -> 13800
iphone fifteen手机壳 -> iphone 15手机壳
三十块钱 -> 30块钱
两三百 -> 两三百
三萬元 -> 30000元
"""

CHINESE_UNTOUCHED = """
一下 一点 一些 一起 一样 一般 一定
万能充电器
百搭外套
千元机
三星手机
七匹狼夹克
一加手机
九阳豆浆机
三只松鼠
六个核桃
五粮液
五十铃
一次性手套
一体机
一个手机
一件衣服
四件套
二手手机
三脚架
三明治机
三文鱼
三元催化
十字绣
十三香
十八子
十二生肖
百家姓
百雀羚
千斤顶
万年历
五金零件
九分裤 七分袖
两用
双十一
第一名
几百块
几十块
十几块
两三百块
三四千
七八十
三五斤
上千
零食
千里马
亿利
从零开始
q10百岁
dw15万能断路器
1.5万
200万像素
seventeen正规三
"""


def _table(text: str) -> list[tuple[str, str]]:
    rows = [line for line in text.strip().splitlines() if line]
    return [(a, b if arrow else a) for a, arrow, b in (row.partition(" -> ") for row in rows)]


@pytest.mark.parametrize(
    ("said", "written"),
    [*_table(ENGLISH), *_table(UNTOUCHED), *_table(CHINESE), *_table(CHINESE_UNTOUCHED)],
)
def test_to_digits(said: str, written: str) -> None:
    assert to_digits(said) == written
    assert to_digits(written) == written


@pytest.mark.parametrize("start", range(0, 100_000, 10_000))
def test_every_reading_of_a_number_is_read_back(start: int) -> None:
    # A stride that is coprime to ten meets every last digit; the first thousand are all there.
    numbers = range(start, start + 10_000, 7) if start else [*range(1000), *range(1000, 10_000, 3)]
    wrong = [
        (n, words)
        for n in numbers
        for words in (*number_words(str(n)), *mandarin_number_words(str(n)))
        if to_digits(words) != str(n)
    ]
    assert wrong == []


@given(st.integers(0, 10**11))
def test_large_numbers_are_read_back(number: int) -> None:
    assert to_digits(mandarin_number_words(str(number))[0]) == str(number)
    assert str(number) in {to_digits(words) for words in number_words(str(number))}


@given(st.integers(10**12, 10**24 - 1))
def test_a_number_too_long_to_have_a_name_is_read_digit_by_digit(number: int) -> None:
    (words,) = number_words(str(number))
    assert len(words.split()) == len(str(number))
    assert to_digits(words) == str(number)
    assert to_digits(mandarin_number_words(str(number))[-1]) == str(number)
    tenths = number // 100
    assert number_words(f"{tenths}.5")[0].endswith(" point five")


@given(st.decimals(0, 10**5, places=2, allow_nan=False))
def test_decimals_are_read_back(value: object) -> None:
    number = str(value)
    assert [to_digits(w) for w in number_words(number)] == [number]
    assert [to_digits(w) for w in mandarin_number_words(number)] == [number]


ENGLISH_PIECES = [
    "one", "two", "five", "eight", "nine", "ten", "twelve", "fifteen", "twenty", "fifty",
    "ninety", "hundred", "thousand", "million", "dozen", "and", "a", "half", "point", "oh",
    "zero", "o", "double", "to", "or", "between", "under", "dollars", "inch", "gig",
    "percent", "quarter", "first", "for", "iphone", "s", "x", "in", "5", "40", "1.5", "1,299",
    "tv", "-",
]  # fmt: skip
CHINESE_PIECES = list("零一二两三五九十百千万亿点半块个斤元的到多几第a5 .星")


@given(st.lists(st.sampled_from(ENGLISH_PIECES), max_size=9))
def test_english_is_idempotent(words: list[str]) -> None:
    once = to_digits(" ".join(words))
    assert to_digits(once) == once


@given(st.lists(st.sampled_from(CHINESE_PIECES), max_size=9))
def test_chinese_is_idempotent(characters: list[str]) -> None:
    once = to_digits("".join(characters))
    assert to_digits(once) == once


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    to_digits(text)
    spans = number_spans(text)
    assert all(0 <= s.start < s.end <= len(text) for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))


@pytest.mark.parametrize(
    "text",
    ["9" * 5000 + " million", "万" * 5000, "一百" * 5000, "dozen " * 5000, "1." * 5000,
     "two to " * 5000, "1万" * 5000, "a hundred " * 2000, "点" * 5000],
)  # fmt: skip
@pytest.mark.timeout(10)
def test_hostile_text_costs_little(text: str) -> None:
    number_spans(text)
    assert to_digits(to_digits(text)) == to_digits(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("under fifty dollars", [("fifty", 50.0)]),
        ("under 50 dollars", [("50", 50.0)]),
        ("between 100 and 1,299.50", [("100", 100.0), ("1,299.50", 1299.5)]),
        ("两百块到3000", [("两百", 200.0), ("3000", 3000.0)]),
        ("1.5万以内", [("1.5万", 15000.0)]),
        ("3万5", [("3万5", 35000.0)]),
        ("rtx 4090", [("4090", 4090.0)]),
        ("rtx4090 dv7-1211ea 802.11ac 4k 5g", []),
        ("10-20 dollars", [("10", 10.0), ("20", 20.0)]),
        ("13.3-inch", [("13.3", 13.3)]),
        ("百分之五十", [("百分之五十", 50.0)]),
        ("iphone 15手机", [("15", 15.0)]),
        ("iphone fifteen under fifteen hundred", [("fifteen", 15.0), ("fifteen hundred", 1500.0)]),
    ],
)
def test_number_spans(text: str, expected: list[tuple[str, float]]) -> None:
    assert [(text[s.start : s.end], s.value) for s in number_spans(text)] == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("0", ("zero",)),
        ("15", ("fifteen", "one five")),
        ("128", ("one twenty eight", "one hundred twenty eight", "one hundred and twenty eight",
                 "one two eight")),
        ("4090", ("forty ninety", "four thousand ninety", "four thousand and ninety",
                  "four zero nine zero")),
        ("1500", ("fifteen hundred", "one thousand five hundred", "one five zero zero")),
        ("2000", ("two thousand", "two zero zero zero")),
        ("2005", ("two thousand five", "twenty oh five", "two thousand and five",
                  "two zero zero five")),
        ("43.2", ("forty three point two",)),
        ("1,299", ("twelve ninety nine", "one thousand two hundred ninety nine",
                   "one thousand two hundred and ninety nine", "one two nine nine")),
        ("007", ("zero zero seven",)),
        ("0.5", ("zero point five",)),
    ],
)  # fmt: skip
def test_number_words(number: str, expected: tuple[str, ...]) -> None:
    assert number_words(number) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("2", ("二", "两")),
        ("12", ("十二",)),
        ("120", ("一百二十", "一百二", "一二零")),
        ("250", ("两百五十", "两百五", "二百五十", "二五零")),
        ("1005", ("一千零五", "一零零五")),
        ("3500", ("三千五百", "三千五", "三五零零")),
        ("12000", ("一万两千", "一万二", "一二零零零")),
        ("10010", ("一万零一十", "一零零一零")),
        ("43.2", ("四十三点二",)),
        ("100000", ("十万", "一零零零零零")),
    ],
)
def test_mandarin_number_words(number: str, expected: tuple[str, ...]) -> None:
    assert mandarin_number_words(number) == expected


@pytest.mark.parametrize("number", ["", "-5", "1e5", "abc", "1.2.3", "٣", "9" * 30])
def test_what_is_no_number_is_refused_in_one_sentence(number: str) -> None:
    with pytest.raises(InputError, match="in digits"):
        number_words(number)
    with pytest.raises(InputError, match="in digits"):
        mandarin_number_words(number)
