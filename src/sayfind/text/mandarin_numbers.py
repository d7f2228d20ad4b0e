"""Mandarin number words: read out of running text, and said.

A number needs evidence, because the same characters fill names and set phrases (三星, 七匹狼,
百搭, 万能, 一下): a cardinal needs a digit and a unit of ten (二十, 三千五), a digit string at
least three digits (四零九零), and a single digit something that is measured or a Latin letter
beside it (两斤, 五G). 一 before a classifier (一个) is an article and stays, and so does what is
vague (几十, 两三百).
"""

from __future__ import annotations

import re

from sayfind.text.english_numbers import ReadNumber

__all__ = ["read_mandarin"]

_DIGITS = {
    **{digit: i for i, digit in enumerate("零一二三四五六七八九")},
    "〇": 0, "两": 2, "兩": 2, "俩": 2, "幺": 1,
}  # fmt: skip
_UNITS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}

# Names and set phrases whose first characters would otherwise pass for an amount.
_PROTECTED = re.compile(
    r"""三星 | 七匹狼 | 三只松鼠 | 六个核桃 | 五个女博士 | 五十铃 | 九九八十一 | 半斤八两
      | 三支一扶 | 百[家岁搭] | 万[能用向岁年]
      | 一[下些起样般定直共旦致加度] | 一点(?![零〇一二三四五六七八九\d]) | 一千零一(?=夜)
      | 三两(?=[天个句次年人]) | [三四五六七八九]分[裤袖] | 两[用面侧] | 二手 | 二刀 | 假两件
      | 千百[惠度] | 三字经 | 九九[乘归] | 三五[知好] | 四六级 | 百分百
      | 双十[一二] | 十全 | 十二[生星兽] | 十八[子罗般] | 十三[香妹] | 三十六计 | 三十而 | 七十二变
      | 三百首 | 九万里 | 二十四[史节節] | 三合一
      | 二百五(?!十|\d|块|元|的|以|左|出|毫|克|g|m)""",
    re.VERBOSE,
)
_LONGEST = 40  # characters; nobody says a longer number, and hostile text must not cost time
_NUMERAL = "零〇一二两兩俩三四五六七八九十百千万萬亿億幺"
_RUN = re.compile(rf"[{_NUMERAL}点點\d.]*[{_NUMERAL}][{_NUMERAL}点點\d]*")
_PERCENT = re.compile(r"百分之(?P<n>[零〇一二两三四五六七八九十百点]+)")
_LIMIT = "以[内下上]|之内|内|左右|上下|出头|起"
_ROUND_PRICE = re.compile(
    rf"(?<![几数上好近成过\d{_NUMERAL}])(?P<n>[百千万])(?=(?:元|块钱?)(?:{_LIMIT}))"
)
_HALF = re.compile(
    rf"(?<![多大小对上下后前点\d{_NUMERAL}])半(?=公斤|斤|升|米|两|寸|小时|吨|公里|千克|尺)"
)
_WRITTEN_SCALE = re.compile(r"(\d+(?:\.\d+)?)([百千万萬亿億]+)([零〇一二三四五六七八九]?|\d?)")

# What a single digit may count. After the exact units 一 is "one" too, after the others "a".
_EXACT = (
    "公?斤|千?克|毫?升|[厘毫千]?米|公分|公里|英?[寸尺]|吨|元(?![催化牌坊猪锂材枪清素气宝])|欧元|美[元金]|英镑"
    "|日元|港[币元]|块钱|角钱|匹(?!狼)|千?瓦|毫安|伏|度电|码|小时|分钟|平方|平米|盎司|磅|加仑"
    r"|(?:g|gb|t|tb|kg|ml|cm|mm|l|k)(?![a-z\d零一二两三四五六七八九十])"
)
_COUNTED = (
    f"{_EXACT}|块|个(?![性人]|女)|件(?![套式])|条(?!纹)|双(?!色|面|肩)|台|包(?!邮)|盒|瓶|箱|袋|支|片"
    r"|张|卷|枚|颗|粒|只|杯|罐|桶|岁|本|把|对|斤|副|[a-z](?![a-z\d零一二两三四五六七八九十])"
)
_EXACT_AFTER = re.compile(_EXACT, re.IGNORECASE)
_COUNTED_AFTER = re.compile(_COUNTED, re.IGNORECASE)
# What may follow 十五 or 五十: as often as amounts, these are the start of names (十三香, 十八子).
_TEN_AFTER = re.compile(
    rf"$|[\W\da-z_]|{_COUNTED}|{_LIMIT}|[多来到至乘的系版代号级期天年月日度层寸套人位孔路组排口]|手机|以|余"
    "|英|百分|美|欧|港|日|分",
    re.IGNORECASE,
)
_CLASSIFIER = re.compile(r"[个件条双台包盒瓶箱袋支片张卷枚颗粒只杯罐桶本把对套斤公米]")
_UNIT_STARTING_WITH_THOUSAND = re.compile(r"[克瓦米卡帕伏赫焦]")
_RANGE_AFTER = re.compile(rf"[到至~-][一二两三四五六七八九十]+(?:{_COUNTED})", re.IGNORECASE)
_MODEL_AFTER = re.compile(r"$|[\s\W]|手机|手表|的|系列|版|屏|壳|膜|钢化|纸|游戏")
_LATIN_BEFORE = re.compile(r"[A-Za-z]\s?$")
_VAGUE_BEFORE = tuple("几数第初周期拜幾")


def read_mandarin(text: str) -> list[ReadNumber]:
    """The numbers in Chinese characters in order; no two overlap."""
    masked = _PROTECTED.sub(lambda match: "\0" * len(match[0]), text)
    found: list[ReadNumber] = []
    for match in _PERCENT.finditer(masked):
        digits = _value(match["n"]) or _lone(match["n"])
        if digits:
            found.append(ReadNumber(match.start(), match.end(), f"{digits}%"))
    for match in _ROUND_PRICE.finditer(masked):
        value = _UNITS.get(match["n"]) or _MYRIADS[match["n"]]
        found.append(ReadNumber(match.start(), match.end(), str(value)))
    found += [ReadNumber(m.start(), m.end(), "0.5") for m in _HALF.finditer(masked)]
    for read in found:
        masked = masked[: read.start] + "\0" * (read.end - read.start) + masked[read.end :]
    for match in _RUN.finditer(masked):
        read_run = _read_run(masked, match.start(), match.end())
        if read_run is not None:
            found.append(read_run)
    return sorted(found, key=lambda read: read.start)


def _read_run(text: str, start: int, end: int) -> ReadNumber | None:
    """One stretch of number characters: all of it is a number, or none of it."""
    while start < end and text[start] in "点點.":
        start += 1
    while start < end and text[end - 1] in "点點.":
        end -= 1
    before, run = text[start - 1 : start], text[start:end]
    if not run or before in _VAGUE_BEFORE or text[end : end + 1] in ("几", "幾"):
        return None
    end, mass = _without_unit(text, start, end)
    run = text[start:end]
    if not run:
        return None  # 千赫
    if run[0].isdigit():
        in_code = before.isascii() and before.isalpha()  # q10百岁
        written = None if in_code else _written_scale(run)
        return ReadNumber(start, end, written, spoken=False) if written else None
    digits = _value(run)
    if digits and len(run) == 2 and "十" in run and not _TEN_AFTER.match(text, end):
        return None
    if digits is None and run != "百" and (mass or _single_counts(text, start, end)):
        digits = _lone(run)
    return ReadNumber(start, end, digits) if digits else None


def _without_unit(text: str, start: int, end: int) -> tuple[int, bool]:
    """Where the number really ends, and whether 两 after it is the mass."""
    run = text[start:end]
    if run[-1] == "千" and _UNIT_STARTING_WITH_THOUSAND.match(text, end):
        return end - 1, False
    if run[-1] == "两" and len(run) > 1 and not _COUNTED_AFTER.match(text, end):
        return end - 1, True
    if run[-1] == "一" and run[-2:-1] in ("百", "千", "万") and _CLASSIFIER.match(text, end):
        return end - 1, False  # 两百一个: two hundred apiece
    return end, False


def _single_counts(text: str, start: int, end: int) -> bool:
    """Whether a single digit is an amount, by what stands around it."""
    digit, latin = text[start:end], _LATIN_BEFORE.search(text, max(0, start - 2), start)
    if digit == text.strip() or _RANGE_AFTER.match(text, end):
        return True
    if digit in "零〇" or (digit in "一十" and latin):
        return False
    if digit == "一":
        return _EXACT_AFTER.match(text, end) is not None
    if latin and _MODEL_AFTER.match(text, end):
        return True
    return _COUNTED_AFTER.match(text, end) is not None


def _lone(run: str) -> str | None:
    if run in ("十", "百"):
        return str(_UNITS[run])
    return str(_DIGITS[run]) if run in _DIGITS else None


def _written_scale(run: str) -> str | None:
    """1.5万, 3千, 3万5."""
    match = _WRITTEN_SCALE.fullmatch(run)
    if match is None or len(run) > _LONGEST:
        return None
    scale = 1
    for unit in match[2]:
        scale *= _UNITS.get(unit) or _MYRIADS[unit]
    whole, _, part = match[1].partition(".")
    value = int(whole + part) * scale
    if match[3]:
        value += int(match[3] if match[3].isdigit() else _DIGITS[match[3]]) * scale // 10
    return _point(value, len(part))


def _point(value: int, places: int) -> str:
    if places == 0:
        return str(value)
    padded = str(value).zfill(places + 1)
    return f"{padded[:-places]}.{padded[-places:]}".rstrip("0").rstrip(".")


def _value(run: str) -> str | None:
    """Digits of a run with evidence in itself: a cardinal, a digit string or a decimal."""
    whole, point, part = run.replace("點", "点").partition("点")
    if point:
        return _decimal(whole, part)
    if run == "十":
        return None  # 十字绣: a single digit, which needs something that it counts
    if all(c in _DIGITS and c not in "两兩俩" for c in run):
        spelled = len(run) >= 3 or (len(run) == 2 and any(c in "零〇幺" for c in run))
        return "".join(str(_DIGITS[c]) for c in run) if spelled else None
    value = _cardinal(run)
    return None if value is None else str(value)


def _decimal(whole: str, part: str) -> str | None:
    scale = 1
    while part and (part[-1] in _UNITS or part[-1] in _MYRIADS):
        scale *= _UNITS.get(part[-1]) or _MYRIADS[part[-1]]
        part = part[:-1]
    high = _value(whole) or _lone(whole) or (whole if whole.isdigit() else None)
    low = "".join(str(_DIGITS.get(c, c)) for c in part)
    if not high or not low.isdigit() or "." in high:
        return None
    return f"{high}.{low}" if scale == 1 else _point(int(high + low) * scale, len(low))


def _cardinal(run: str) -> int | None:
    """Value of 三万五千, 一百二, 十五, 三百万; ``None`` unless it is well formed."""
    total, rest = 0, run
    if len(run) > _LONGEST:
        return None
    for myriads, scale in (("亿億", 10**8), ("万萬", 10**4)):
        at = max(rest.rfind(c) for c in myriads)
        if at < 0:
            continue
        head = rest[:at].lstrip("零〇") if total else rest[:at]
        count = _cardinal(head) if len(head) > 1 else _single(head)
        if not count or (total and count >= 10**4):
            return None
        total, rest = total + count * scale, rest[at + 1 :]
        if len(rest) == 1 and rest in _DIGITS and _DIGITS[rest]:
            return total + _DIGITS[rest] * scale // 10  # 两万三
    if not rest:
        return total
    value = _section(rest, after_myriads=total > 0)
    return None if value is None else total + value


def _single(run: str) -> int | None:
    return 10 if run == "十" else _DIGITS.get(run)


def _section(run: str, after_myriads: bool) -> int | None:
    """Value below ten thousand, units falling; a digit left over counts the next unit down."""
    total, last, i, zero = 0, 10**4, 0, after_myriads and run[0] in "零〇"
    i += zero
    while i < len(run):
        digit = 1 if run[i] == "十" and i == 0 else _DIGITS.get(run[i])
        i += run[i] in _DIGITS
        if not digit:
            if digit is None or zero or i == len(run) or last in (10, 10**4):
                return None
            zero = True
            continue
        if i == len(run):
            plain = last == 10 or zero or (last == 10**4 and after_myriads and zero)
            if last == 10**4 and not zero:
                return None
            return total + (digit if plain else digit * last // 10)
        unit = _UNITS.get(run[i], 10**5)
        if unit >= last or (zero and unit * 10 >= last and not after_myriads):
            return None
        total, last, zero, i = total + digit * unit, unit, False, i + 1
    return None if zero else total
