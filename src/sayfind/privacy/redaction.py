"""Personal data in what people say, found and taken out: English and Chinese.

Phone, card and identity numbers (also spoken digit by digit), e-mail addresses, names and street
addresses. Numbers that carry a checksum are only taken where it is right, and names only where
something says that a name follows ("my name is", 我叫): a shop's texts are full of numbers and of
brands that are somebody's name. A name without such a sign is therefore not found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

__all__ = ["Found", "find_personal", "redact"]


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data at characters ``start`` to ``end``; ``kind`` is what stands there instead."""

    start: int
    end: int
    kind: str


def redact(text: str) -> str:
    """The text with ``[kind]`` in place of personal data.

    >>> redact("call Anna on 415-555-0132, card 4111 1111 1111 1111")
    'call Anna on [phone], card [card]'
    >>> redact("我叫王小明,电话幺三八零零一三八零零零,要一双跑鞋")
    '我叫[name],电话[phone],要一双跑鞋'
    """
    for found in reversed(find_personal(text)):
        text = f"{text[: found.start]}[{found.kind}]{text[found.end :]}"
    return text


def find_personal(text: str) -> list[Found]:
    """All that is found, in order; where two overlap, the one that is surer."""
    taken: list[Found] = []
    if not _WORTH_A_LOOK.search(text):
        return taken
    for kind, find in _FINDERS:
        for start, end in find(text):
            if all(end <= other.start or start >= other.end for other in taken):
                taken.append(Found(start, end, kind))
    return sorted(taken, key=lambda found: found.start)


Spans = Iterator[tuple[int, int]]


def _pattern(*patterns: str) -> Callable[[str], Spans]:
    """Finds the group ``is`` of each pattern, or all of it."""
    compiled = [re.compile(pattern, re.VERBOSE) for pattern in patterns]

    def find(text: str) -> Spans:
        for pattern in compiled:
            for match in pattern.finditer(text):
                yield match.span("is" if "is" in pattern.groupindex else 0)

    return find


# Digits, written or spoken --------------------------------------------------------------------

_WORDS = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9",
    **dict(zip("零〇一幺二三四五六七八九", "001123456789", strict=True)),
    **dict(zip("０１２３４５６７８９", "0123456789", strict=True)),
}  # fmt: skip
_DIGIT = r"(?:\d|[零〇一幺二三四五六七八九])"
_SPELLED = r"\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b"
_TIMES = r"(?:\b(?:double|triple)\s+)?"
_ONE = rf"(?:{_TIMES}(?:{_SPELLED}|{_DIGIT}))"
_RUN = re.compile(
    rf"(?<![A-Za-z\d.零〇一幺二三四五六七八九])(?:\+|\(\+?)?{_ONE}(?:[\s().·-]{{0,2}}{_ONE}){{6,}}"
    r"(?:\s?[Xx]\d{2,6}|[Xx]|\s?(?:ext\.?|分机|转)\s?\d{1,6})?(?![\d%]|\.\d)",
    re.I,
)
_UNIT = re.compile(rf"(?P<times>\b(?:double|triple)\s+)?(?P<digit>{_SPELLED}|{_DIGIT}|[Xx+])", re.I)


@dataclass(frozen=True, slots=True)
class _Number:
    """A run of digits: where it stands, its digits, whether with a plus, whether in groups."""

    start: int
    end: int
    digits: str
    international: bool
    grouped: bool


def _numbers(text: str) -> Iterator[_Number]:
    for match in _RUN.finditer(text):
        digits, international = "", False
        for unit in _UNIT.finditer(match.group()):
            word = unit["digit"].lower()
            if word == "+":
                international = True
                continue
            times = {"d": 2, "t": 3}.get((unit["times"] or "-")[0].lower(), 1)
            digits += _WORDS.get(word, word.upper()) * times
        grouped = bool(re.search(r"\d[\s().·-]+\d", match.group()))
        yield _Number(*match.span(), digits, international, grouped)


def _checked(good: Callable[[_Number], bool]) -> Callable[[str], Spans]:
    """Finds the runs of digits that pass; a run may hold two numbers, so its parts are tried."""

    def find(text: str) -> Spans:
        for number in _numbers(text):
            if good(number):
                yield number.start, number.end

    return find


def _is_card(number: _Number) -> bool:
    """A payment card: a known range and a right check digit (Luhn; ISO/IEC 7812-1)."""
    digits = number.digits
    if not digits.isdecimal() or not _CARD.fullmatch(digits):
        return False
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
    r"|35\d{14}|(?:2131|1800)\d{11}|6(?:011|5\d\d)\d{12}|62\d{14,17}"
)


def _is_chinese_id(number: _Number) -> bool:
    """A resident identity number: a birthday within, and a right last sign (GB 11643-1999)."""
    digits = number.digits
    if len(digits) != 18 or not digits[:17].isdecimal():
        return False
    try:
        born = date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(d) * w for d, w in zip(digits[:17], weights, strict=True))
    return born.year >= 1900 and digits[17] == "10X98765432"[total % 11]


def _is_phone(number: _Number) -> bool:
    """Chinese and North American numbers by their rules, others by a leading + or 00."""
    digits, _, _ = number.digits.partition("X")
    # Two zeros also begin the bar codes of half the world; nobody writes those in groups.
    if number.international or (digits.startswith("00") and number.grouped):
        return 8 <= len(digits.lstrip("0")) <= 15
    return bool(_PHONE.fullmatch(digits))


_PHONE = re.compile(
    r"(?:86)?1[3-9]\d{9}"  # a mobile phone in China
    r"|0(?:10|2\d|[3-9]\d{2})\d{7,8}"  # a line in China with its area
    r"|400\d{7}|800\d{7}"
    r"|1?[2-9](?!11)\d{2}[2-9](?!11)\d{6}"  # North America
    r"|0[1-9]\d{8,9}"  # many countries of Europe
)


# Words ----------------------------------------------------------------------------------------

_EMAIL = _pattern(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    r"(?i)\b[\w]+(?:\s?(?:\.|dot|underscore)\s?\w+)?\s+at\s+\w+\s+dot\s+(?:com|net|org|cn|co|io)\b",
)

_NAME_EN = r"[A-Z][\w'’-]+(?:\s+(?:[A-Z][\w'’-]+|[A-Z]\.)){0,3}"
_SPOKEN_NAME = r"[a-z'’-]+(?:\s+[a-z'’-]+)?"
_FOLLOWS = r"(?=\s*(?:$|[,.;!?]|\band\b|\bat\b|\bon\b|\bi\b|\bmy\b|\bfrom\b))"
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程"
    "魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾"
    "龚邵万覃武钱戴严莫孔向常汤康易乔赖文俞冷鲁祖费颜祁官楼傅阳卞翁阮柳倪殷申耿关兰焦柴左伍庞樊葛"
    "詹路岳齐梅庄辛管祝涂苗谷骆霍舒欧尤单裴柏解游季纪娄明盛童邢鲍闵凌冉包车盖甘边卜占时臧计伏成"
)
_NAME_ZH = rf"(?:欧阳|司马|上官|诸葛|[{_SURNAMES}])"
_AFTER_ZH = r"(?=$|[\s,，。.;；!！?？、在住家]|电话|手机|地址|我|要|想|和|先生|女士|小姐)"
_NAME = _pattern(
    rf"\b(?i:my\s+(?:full\s+)?name\s+is|my\s+name's|i\s+am\s+called|name\s*:|for|attn:?|signed)"
    rf"\s+(?P<is>(?:(?i:mr|mrs|ms|miss|dr)\.?\s+){_NAME_EN})",
    rf"(?i:\b(?:my\s+(?:full\s+|last\s+|first\s+)?name\s+is|my\s+name's|i\s+am\s+called"
    rf"|name\s*:))\s+(?P<is>{_NAME_EN})",
    rf"(?i:\b(?:my\s+(?:full\s+|last\s+|first\s+)?name\s+is|my\s+name's|i\s+am\s+called))\s+"
    rf"(?P<is>{_SPOKEN_NAME}){_FOLLOWS}",
    rf"\b(?i:mr|mrs|ms|miss)\.?\s+(?P<is>{_NAME_EN})",
    rf"(?:我(?:的名字)?叫|名字(?:叫|是)|本人|姓名|收[件货]人|联系人|寄给|送给)\s*[是:：]?\s*"
    rf"(?P<is>{_NAME_ZH}[一-鿿]{{1,2}}?){_AFTER_ZH}",
    rf"(?:^|[\s,，。给叫找是])(?P<is>{_NAME_ZH}[一-鿿]{{0,2}}?)(?:先生|女士|小姐)",
)

_STREET = (
    r"(?i:street|st|avenue|ave|road|rd|drive|dr|lane|ln|boulevard|blvd|court|ct|place|pl|square"
    r"|terrace|way|highway|hwy|parkway|pkwy|circle|cir|plaza|trail|crossing|crescent|close|alley"
    r"|row|mews|grove|heights|turnpike|expressway)s?\b\.?"
)
_NUMBERED = r"\b\d{1,5}[A-Za-z]?\s+(?:(?i:north|south|east|west|[nsew])\.?\s+)?"
_FLAT = r"[\s,]+(?i:apt|apartment|suite|unit|flat)\b\.?\s*\#?\s*\w+"
_STATE = r"(?:[\s,]+[A-Z][\w.]+(?:\s[A-Z][\w.]+)?,?\s+[A-Z]{2}\s+\d{5}(?:-\d{4})?)?"
_TO = (
    r"(?i:\b(?:(?:send|ship|deliver|mail)\b(?:\s+\w+){0,3}\s+to|i\s+live\s+at|address(?:\s+is|:)))"
)
_HOUSE = r"[一二三四五六七八九十百零〇A-Za-z\d-]{1,6}?(?:号楼|号院|号|弄|栋|幢|座|单元|层|楼|室)"
_PLACE = (
    r"(?:[一-鿿]{2,8}?(?:省|自治区))?(?:[一-鿿]{2,6}?[市州盟])?(?:[一-鿿]{1,6}?[区县旗])?"
    r"(?:[一-鿿]{1,6}?[乡镇])?"
)
_ESTATE = r"[一-鿿]{0,10}?(?:小区|大厦|花园|公寓|苑)"
_ADDRESS = _pattern(
    rf"{_TO}\s+(?P<is>{_NUMBERED}[A-Za-z][\w'.-]*(?:\s+[A-Z][\w'.-]*){{0,3}}(?:{_FLAT})?{_STATE})",
    rf"{_NUMBERED}(?:[A-Z][\w.-]*\s+){{1,3}}?{_STREET}(?:{_FLAT})?{_STATE}",
    rf"{_NUMBERED}[a-z][\w.-]*\s+(?:street|avenue|road|lane|drive|boulevard)\b",
    rf"{_NUMBERED}(?:[A-Z][\w'.-]*){{1,3}}{_FLAT}{_STATE}",
    r"\b(?i:p\.?\s?o\.?\s+box)\s+\d+",
    r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2}\b",  # a postcode of the United Kingdom
    # From province or city down to a house; a city or a street alone is no address.
    rf"{_PLACE}[一-鿿\d]{{1,10}}?(?:大街|大道|[路街巷道]){_HOUSE}(?:{_ESTATE})?(?:{_HOUSE}){{0,4}}",
    rf"[一-鿿]{{2,10}}(?:小区|花园|公寓|苑)(?:{_HOUSE}){{1,4}}",
)

_FINDERS: tuple[tuple[str, Callable[[str], Spans]], ...] = (
    ("email", _EMAIL),
    ("id", _checked(_is_chinese_id)),
    ("id", _pattern(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])")),
    ("card", _checked(_is_card)),
    ("phone", _checked(_is_phone)),
    ("address", _ADDRESS),
    ("name", _NAME),
)
# Nearly all that shoppers say holds none of these: one look spares a dozen.
_WORTH_A_LOOK = re.compile(
    rf"(?i)\d{{3}}|\d\s+[a-z]|@|\bdot\b|\bbox\b|\bname\b|\bcalled\b|\b(?:mr|mrs|ms|miss|dr|attn)\b|{_SPELLED}"
    r"|[零〇一幺二三四五六七八九]{3}|[叫号座栋幢室]|本人|姓名|收[件货]人|联系人|[寄送]给|先生|女士|小姐|小区|花园|公寓"
)
