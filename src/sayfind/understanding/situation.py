"""For whom, for what, by when: what a shopper tells about the situation, not about the product.

A detail is a name and a value that is the same in both languages: ``recipient`` mother, ``age``
5..5 year, ``occasion`` birthday, ``gift`` yes, ``deliver_by`` friday, ``released`` 2023.. year.
No column need exist for it; where the catalogue has such a value, the value is a wish as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sayfind.types import Range
from sayfind.understanding.reading import Number, Reading

__all__ = ["Detail", "find_details"]


@dataclass(frozen=True, slots=True)
class Detail:
    """Characters ``start`` to ``end`` tell ``name``; ``core`` is what other readings may claim.

    ``covers``: the words leave the search terms. A "birthday gift" stays one, "for her birthday"
    goes.
    """

    start: int
    end: int
    name: str
    value: str | Range
    core: tuple[int, int]
    covers: bool = True


# Value -> English and Chinese words (regular expressions).
_PEOPLE: Mapping[str, tuple[str, str]] = {
    "mother": (r"mum|mom|mother|mommy|mummy", "妈妈|母亲|老妈|我妈"),
    "father": (r"dad|father|daddy", "爸爸|父亲|老爸|我爸"),
    "parents": (r"parents", "父母|爸妈|长辈"),
    "wife": (r"wife", "老婆|妻子|媳妇"),
    "husband": (r"husband", "老公|丈夫"),
    "girlfriend": (r"girlfriend", "女朋友|女友"),
    "boyfriend": (r"boyfriend", "男朋友|男友"),
    "son": (r"sons?", "儿子"),
    "daughter": (r"daughters?", "女儿|闺女"),
    "sister": (r"sisters?", "姐姐|妹妹"),
    "brother": (r"brothers?", "哥哥|弟弟"),
    "grandmother": (r"grandma|grandmother|granny|nana", "奶奶|外婆|姥姥"),
    "grandfather": (r"grandpa|grandfather|grandad|granddad", "爷爷|外公|姥爷"),
    "friend": (r"(?:best )?friends?", "朋友|闺蜜"),
    "colleague": (r"colleagues?|co-?workers?", "同事"),
    "boss": (r"boss", "领导|老板"),
    "teacher": (r"teachers?", "老师"),
    "baby": (r"bab(?:y|ies)|newborns?|infants?", "宝宝|婴儿|新生儿"),
    "toddler": (r"toddlers?", "幼儿"),
    "boy": (r"boys?", "男孩|男童"),
    "girl": (r"girls?", "女孩|女童"),
    "child": (r"kids?|child|children", "孩子|小孩|儿童|小朋友"),
    "teenager": (r"teens?|teenagers?", "青少年|中学生"),
    "woman": (r"wom[ae]n|lad(?:y|ies)|her", "女士|女生|女款|女性"),
    "man": (r"m[ae]n|gentlem[ae]n|guys?|him|his", "男士|男生|男款|男性"),
}
_OCCASIONS: Mapping[str, tuple[str, str]] = {
    "birthday": (r"birthday|b-?day", "生日"),
    "christmas": (r"christmas|xmas", "圣诞节?"),
    "valentine": (r"valentine'?s?(?: day)?", "情人节|七夕"),
    "mothers_day": (r"mother'?s'? day", "母亲节"),
    "fathers_day": (r"father'?s'? day", "父亲节"),
    "teachers_day": (r"teacher'?s'? day", "教师节"),
    "childrens_day": (r"children'?s day", "儿童节"),
    "wedding": (r"wedding", "结婚|婚礼"),
    "anniversary": (r"anniversary", "周年纪念日?|纪念日"),
    "graduation": (r"graduation", "毕业"),
    "new_year": (r"new year'?s?(?: eve)?", "新年|元旦"),
    "spring_festival": (r"chinese new year|spring festival", "春节|过年"),
    "mid_autumn": (r"mid-autumn(?: festival)?", "中秋节?"),
    "halloween": (r"halloween", "万圣节"),
    "easter": (r"easter", "复活节"),
    "housewarming": (r"housewarming", "乔迁"),
    "baby_shower": (r"baby shower", "满月"),
}
_DAYS: Mapping[str, tuple[str, str]] = {
    "today": (r"today|tonight", "今天|今晚|当天"),
    "tomorrow": (r"tomorrow", "明天|次日"),
    "day_after_tomorrow": (r"the day after tomorrow", "后天"),
    **{
        day: (day, rf"(?:周|星期|礼拜){sign}")
        for day, sign in zip(
            ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
            ("一", "二", "三", "四", "五", "六", "[日天]"),
            strict=True,
        )
    },
    "weekend": (r"(?:the |this )?weekend", "周末"),
    "next_week": (r"next week", "下周|下星期"),
    "month_end": (r"the end of the month", "月底"),
    "christmas": (r"christmas|xmas", "圣诞节?"),
}


def _either(table: Mapping[str, tuple[str, str]], language: int) -> str:
    return "|".join(words[language] for words in table.values())


_OWN = r"(?:(?:my|the|your|his|her|our|a|an|some|little|young|old|new)\s+)*"
_WHO, _WHO_ZH = _either(_PEOPLE, 0), _either(_PEOPLE, 1)
_DAY, _DAY_ZH = _either(_DAYS, 0), _either(_DAYS, 1)
_EVENT, _EVENT_ZH = _either(_OCCASIONS, 0), _either(_OCCASIONS, 1)
_GIFT: Mapping[str, tuple[str, str]] = {"yes": (r"gifts?|presents?", "礼物|礼品|送给?")}
_PRESENT = r"(?:gifts?|presents?)(?! ?(?:cards?|bags?|wrap|box|set)\w*)"

# (name, table, pattern with the group "core", whether it leaves the terms)
_RULES: tuple[tuple[str, Mapping[str, tuple[str, str]], re.Pattern[str], bool], ...] = (
    ("recipient", _PEOPLE, re.compile(
        rf"(?<![a-z])(?:for|to)\s+{_OWN}(?P<core>{_WHO})(?:'s)?(?![a-z'])"
        rf"(?!\s+(?:day|{_EVENT})(?![a-z]))"), True),
    ("recipient", _PEOPLE, re.compile(
        r"(?<![a-z])(?P<core>women|men|kids|boys|girls|ladies|children)(?:'s|s|')(?![a-z])"),
        False),
    ("recipient", _PEOPLE, re.compile(
        rf"(?<![a-z])for\s+(?P<core>her|his)\s+(?={_EVENT})"), True),
    ("recipient", _PEOPLE, re.compile(
        rf"(?:送|给|买给|送给)(?:我的?|她|他|你)?(?P<core>{_WHO_ZH}|(?:{_WHO})(?![a-z]))"
        r"(?:买|的|穿|用|吃|玩|戴)*"), True),
    ("recipient", _PEOPLE, re.compile(r"(?P<core>男士|女士|男款|女款|儿童|婴儿|男童|女童)"), False),
    ("occasion", _OCCASIONS, re.compile(
        rf"(?<![a-z])(?:for|on|to)\s+{_OWN}(?P<core>{_EVENT})(?:'s)?(?![a-z'])"
        rf"(?!\s+{_PRESENT})"), True),
    ("occasion", _OCCASIONS, re.compile(
        rf"(?<![a-z])(?P<core>{_EVENT})(?:'s)?\s+(?={_PRESENT}(?![a-z]))"), False),
    ("occasion", _OCCASIONS, re.compile(
        rf"(?P<core>{_EVENT_ZH})(?=(?:的)?(?:礼物|礼品)|(?:给|送))"), False),
    ("gift", _GIFT, re.compile(rf"(?<![a-z])(?P<core>{_PRESENT})(?![a-z])"), False),
    ("gift", _GIFT, re.compile(
        rf"(?P<core>礼物|礼品|送(?:给)?(?=(?:我的?)?(?:{_WHO_ZH}|(?:{_WHO})(?![a-z]))))"), False),
    ("deliver_by", _DAYS, re.compile(
        r"(?<![a-z])(?:(?:that |which )?(?:is |are |be )?(?:delivered|deliver|delivery|arrives?|"
        r"arriving|ships?|here|available)\s+(?:by|before|on|for|in time for)?\s*|"
        rf"(?:by|before|in time for)\s+)(?P<core>{_DAY})(?![a-z])"), True),
    ("deliver_by", _DAYS, re.compile(
        rf"(?P<core>{_DAY_ZH})(?:之?前)?(?:就?能|可以|要)?(?:到货?|送到|收到|发货|拿到)的?"), True),
)  # fmt: skip


def find_details(reading: Reading) -> list[Detail]:
    """Every detail in a reading, the first of each name and value."""
    text = reading.text
    found = [*_ages(reading), *_years(reading)]
    for name, table, pattern, covers in _RULES:
        for match in pattern.finditer(text):
            value = _canonical(table, match["core"])
            core = match.span("core")
            found.append(Detail(match.start(), match.end(), name, value, core, covers))
    return list({(d.name, d.value): d for d in reversed(found)}.values())[::-1]


def _canonical(table: Mapping[str, tuple[str, str]], said: str) -> str:
    """The value whose words these are."""
    return next(
        value for value, words in table.items() if any(re.fullmatch(w, said) for w in words)
    )


_AGE = re.compile(
    r"[\s-]*(?:(?P<years>years?|yrs?)|(?P<months>months?|mos?))[\s-]*(?:olds?|of age)(?![a-z])|"
    r"\s*(?:(?P<zh_years>岁)|(?P<zh_months>个月)(?=大|的?宝宝|的?婴儿|的?孩子))"
)
_AGED = re.compile(r"(?<![a-z])(?:aged|ages?|age range)(?: of| from)?\s*$")
_AGE_WHO = re.compile(
    rf"\s*(?:的|大的)?\s*(?P<who>{_WHO_ZH}|(?:{_WHO})(?![a-z]))(?:的|穿的|玩的|用的)?"
)
_AGE_OPENING = re.compile(
    rf"(?:(?<![a-z])for\s+{_OWN}|(?<![a-z])(?:for\s+)?(?:(?P<who>{_WHO})\s+)?"
    r"(?:aged|ages?)\s*|适合|给)\s*$"
)
_TO = re.compile(r"\s*(?:to|-|~|and|到|至)\s*")
_OPEN_END = re.compile(r"\s*(?:and (?:up|over|older)|\+|以上)")


def _ages(reading: Reading) -> Iterator[Detail]:
    """Ages with the person they belong to: "for my 10-year-old daughter"."""
    text, numbers = reading.text, reading.numbers
    for i, number in enumerate(numbers):
        after = _AGE.match(text, number.end)
        before = numbers[i - 1] if i and _TO.fullmatch(
            text, numbers[i - 1].end, number.start) else None  # fmt: skip
        first = before or number
        if not after and not _AGED.search(text, max(0, first.start - 16), first.start):
            continue
        if i + 1 < len(numbers) and _TO.fullmatch(text, number.end, numbers[i + 1].start):
            continue  # the second number has the whole
        yield from _age(text, first, number, after)


def _age(text: str, first: Number, last: Number, after: re.Match[str] | None) -> Iterator[Detail]:
    end = after.end() if after else last.end
    unit = "month" if after and (after["months"] or after["zh_months"]) else "year"
    more = _OPEN_END.match(text, end)
    end = more.end() if more else end
    who = _AGE_WHO.match(text, end)
    opening = _AGE_OPENING.search(text, max(0, first.start - 30), first.start)
    for match in (who, opening):
        if match and match["who"]:
            span = match.span("who")
            yield Detail(*span, "recipient", _canonical(_PEOPLE, match["who"]), span)
    value = Range(first.value, None if more else last.value, unit)
    start, stop = opening.start() if opening else first.start, who.end() if who else end
    yield Detail(start, stop, "age", value, (first.start, end))


_YEAR_BEFORE = re.compile(
    r"(?<![a-z])(?:(?:that |which )?(?:was |were |are |is )?(?P<out>released|launched|made|"
    r"published|came out|built) ?)?(?P<how>after|later than|since|from|before|in)?\s*$"
)
_YEAR_AFTER = re.compile(
    r"年(?P<how>以后|之后|后|以前|之前|前)?(?:上市|发布|出|生产)?的?| model(?![a-z])"
)
# How a year is named -> what it bounds: (lowest, highest) as offsets from it.
_YEARS: Mapping[str, tuple[int | None, int | None]] = {
    **dict.fromkeys(("after", "later than"), (1, None)),
    **dict.fromkeys(("since", "以后", "之后", "后"), (0, None)),
    **dict.fromkeys(("before",), (None, -1)),
    **dict.fromkeys(("以前", "之前", "前"), (None, 0)),
}


def _years(reading: Reading) -> Iterator[Detail]:
    """Years of release: "released after 2022", 2023年上市; a bare "from 2023" only at the end."""
    text = reading.text
    for number in reading.numbers:
        if number.value not in range(1950, 2050) or number.in_code(text):
            continue
        after = _YEAR_AFTER.match(text, number.end)
        before = _YEAR_BEFORE.search(text, max(0, number.start - 40), number.start)
        assert before is not None, "it matches the empty text"
        last = not text[number.end :].strip() and before["how"] in ("after", "since", "from")
        if not (after or before["out"] or last):
            continue
        how = (after.groupdict().get("how") if after else None) or before["how"] or ""
        low, high = _YEARS.get(how, (0, 0))
        value = Range(_offset(number.value, low), _offset(number.value, high), "year")
        end = after.end() if after else number.end
        start = before.start() if before.group().strip() else number.start
        yield Detail(start, end, "released", value, (number.start, number.end))


def _offset(year: float, by: int | None) -> float | None:
    return None if by is None else year + by
