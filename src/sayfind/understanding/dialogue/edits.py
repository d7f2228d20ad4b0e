"""Which edits a follow-up asks for: "cheaper", "not that brand", 第二个, 还是上一个.

Knows wording only. What an edit does to a conversation is ``views``' business, and plain wishes
("in red") are read by the understander, from the text that is left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from sayfind.types import Constraint, Sort

__all__ = ["Act", "Edit", "Found", "find_edits", "has_cue"]


class Act(StrEnum):
    """What an edit does."""

    UNDO = "undo"
    RESTART = "restart"
    FOCUS = "focus"
    CHEAPER = "cheaper"
    DEARER = "dearer"
    NOT_THAT = "not that"
    DROP = "drop"
    SIMILAR = "similar"
    LARGER = "larger"
    SMALLER = "smaller"
    SET = "set"
    SORT = "sort"
    ADD_WORDS = "add words"


@dataclass(frozen=True, slots=True)
class Edit:
    """One change. ``place`` counts products from 1 (-1 is the last, 0 the one spoken of).

    ``role`` is what ``NOT_THAT`` and ``DROP`` are about: ``brand``, ``colour``, ``price`` and so
    on. ``wishes`` are the values that ``SET`` gives one field.
    """

    act: Act
    place: int = 0
    role: str = ""
    wishes: tuple[Constraint, ...] = ()
    sort: Sort = Sort.RELEVANCE
    words: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The edits in a text, in order, the text that is left, and whether it says "instead"."""

    edits: tuple[Edit, ...]
    rest: str
    cue: bool


_ROLES = {
    "brand": r"brands?|makers?|makes?|manufacturers?|品牌|牌子",
    "colour": r"colou?rs?|颜色|色",
    "size": r"sizes?|尺码|尺寸|大小|码数|码",
    "material": r"materials?|fabrics?|材质|材料|面料",
    "price": r"prices?|budget|cost|price limit|价格|预算|价位|价钱",
}
_ROLE = "|".join(f"(?P<{name}>{words})" for name, words in _ROLES.items())
_ORDINALS = tuple(
    line.split()
    for line in (
        "first second third fourth fifth sixth seventh eighth ninth tenth",
        "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th",
        "one two three four five six seven eight nine ten",
        "一 二 三 四 五 六 七 八 九 十",
    )
)
_PLACE = {word: rank for words in _ORDINALS for rank, word in enumerate(words, 1)} | {"last": -1}
_NTH = "|".join([*_ORDINALS[0], *_ORDINALS[1], "last"])
_THING = r"(?:one|item|product|result|option|choice|pair)"
_MEASURE = r"[个款件双台条种项只部张本套盒瓶]"
_MORE = r"(?:(?:something|anything|some|any|a|an|the|even|much|bit|little|slightly|way|one|ones) )*"

_E = r"(?<![a-z0-9])"
_PATTERNS: tuple[tuple[Act, str], ...] = (
    (
        Act.RESTART,
        rf"{_E}(?:start (?:over|again|afresh)|(?:a )?new search|clear (?:all|everything)|reset|"
        r"forget (?:it all|everything|all (?:of )?that))(?![a-z])|"
        r"重新开始|从头(?:再)?来|清空(?:条件)?|重新搜索?|重来",
    ),
    (
        Act.UNDO,
        rf"{_E}(?:undo(?: (?:that|it|this))?|go back(?: (?:one|a) step| to (?:the )?"
        rf"(?:previous|last|before)(?: {_THING}s?| search)?)?|"
        r"(?:back to )?the previous (?:one|search|results?)|take (?:that|it) back|"
        r"as (?:it was )?before)(?![a-z])|撤销|撤回|"
        r"(?:回到|退回|返回)?上一步|退回去?|(?:还是|回到)?(?:要)?(?:上一|刚才那|刚才的?那|之前那|原来那)"
        r"[个次款]的?(?:好|吧)?|还是(?:原来|之前|刚才)的(?:好|吧)?",
    ),
    (
        Act.NOT_THAT,
        rf"{_E}(?:(?:i )?(?:do not|don't|not|no)(?: (?:want|like))?|(?:some|any|an)?other|another|"
        r"(?:a |some )?different|anything but|other than|change)"
        rf" (?:(?:that|this|the|these|those|same) ?)*(?:{_ROLE})(?![a-z])(?: please)?|"
        rf"(?:不要|不喜欢|别要|不想要|讨厌|换掉)(?:这|那)(?:个|种|款)?(?:{{zh}})(?:的)?|"
        rf"(?:换(?:一?[个种])|换(?=别的|其他|其它)|有没有|有)?(?:别的|其他|其它)(?:的)?(?:{{zh}})(?:的)?|"
        rf"换(?:一?[个种])(?:{{zh}})(?:的)?",
    ),
    (
        Act.DROP,
        rf"{_E}(?:any (?:{_ROLE})(?: (?:is fine|is ok|will do|works|at all))?|"
        r"(?:forget|remove|drop|ignore|skip|clear|never mind|don't (?:care|mind) about|"
        rf"i don't (?:care|mind) about|regardless of|no matter) (?:about )?(?:the )?(?:{{again}})"
        r"(?: limit| filter)?|(?:the )?(?:{again}) (?:doesn't|does not|don't) matter)(?![a-z])|"
        r"不限(?:制)?(?:{zh})|(?:什么|任何)?(?:{zh})(?:都行|都可以|不限|无所谓|随便)|"
        r"(?:去掉|取消|不管|不看)(?:{zh})(?:的?限制|条件)?",
    ),
    (
        Act.SIMILAR,
        rf"{_E}(?:{_MORE}(?:more |others? )?(?:similar(?: to (?:this|that|it))?|"
        r"like (?:this|that|it))(?: ones?)?)(?![a-z])|(?:有没有)?(?:类似|同类|相似)的?(?:款式?)?|"
        r"像(?:这|那)[个款样]?(?:一样|这样)?的",
    ),
    (
        Act.CHEAPER,
        rf"{_E}(?:(?:that's |it's |they're |these are )?(?:too|so) (?:expensive|pricey|dear|much)|"
        rf"{_MORE}(?:cheaper|less expensive|more affordable|lower[- ]priced?)"
        r"(?: (?:ones?|options?|than (?:this|that|it)))?)(?![a-z])|"
        r"太贵了?|(?:有没有)?(?:再|更|还要)?(?<!最)(?:便宜|实惠)(?:一?点儿?|一?些)?的?(?:有吗)?",
    ),
    (
        Act.DEARER,
        rf"{_E}(?:{_MORE}(?:more expensive|pricier|dearer|fancier|more upmarket|higher[- ]end|"
        r"better quality)(?: ones?)?)(?![a-z])|(?:贵|高档)(?:一点儿?|点儿?|一些|些)的?|"
        r"(?:有没有)?(?:再|更)(?:贵|高档|好)(?:一?点儿?|一?些)?的?",
    ),
    (
        Act.LARGER,
        rf"{_E}(?:{_MORE}(?:bigger|larger)(?: (?:size|one))?|(?:one |a )?size up)(?![a-z])|"
        r"(?:再|更)?大(?:一?[号码]|一?点儿?)的?",
    ),
    (
        Act.SMALLER,
        rf"{_E}(?:{_MORE}smaller(?: (?:size|one))?|(?:one |a )?size down)(?![a-z])|"
        r"(?:再|更)?小(?:一?[号码]|一?点儿?)的?",
    ),
    (
        Act.FOCUS,
        rf"{_E}(?:(?:number |no\.? ?|#)(?P<number>\d+|one|two|three|four|five|six|seven|eight|"
        rf"nine|ten)|(?:the )?(?P<nth>{_NTH}) {_THING}|the (?P<bare>{_NTH})(?=$| in | please)|"
        rf"(?P<this>(?:this|that) {_THING}|this|it)(?=$| in | with | but | please))(?![a-z])|"
        rf"第(?P<zh>[一二三四五六七八九十]|\d+){_MEASURE}?|(?P<zhlast>最后(?:一)?{_MEASURE})|"
        rf"(?P<zhthis>[这那]{_MEASURE}(?!牌|品|颜|尺|价|材))",
    ),
)
_CUE = re.compile(
    r"(?<![a-z])(?:instead|actually|make (?:it|that|them)|change (?:it|that|them)?(?: ?to)?|"
    r"switch (?:it )?to|(?:what|how) about|rather|and in|but in|also|only)(?![a-z])|"
    r"换成|改成|换|改|还是要?|那|呢$"
)
_WITH = re.compile(r"^(?:and |but |only |also |just )*(?:in|with|for|without)(?![a-z])|^[要带有]")
_CUE_LEAD = re.compile(
    r"^(?:please |ok |okay |no |hmm |and |but )*(?:actually|make (?:it|that|them)|"
    r"change (?:it|that|them)?(?: ?to)?|switch (?:it )?to|(?:what|how) about|rather)(?![a-z])|"
    r"(?:换成|改成|换|改|还是要?|那)|(?:instead|呢)$"
)


def _compiled(pattern: str) -> re.Pattern[str]:
    """The pattern; ``{zh}`` and ``{again}`` stand for the roles, under names of their own."""
    count = 0

    def renamed(_: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return "|".join(f"(?P<{name}_{count}>{words})" for name, words in _ROLES.items())

    return re.compile(re.sub(r"\{(?:zh|again)\}", renamed, pattern))


_COMPILED = tuple((act, _compiled(pattern)) for act, pattern in _PATTERNS)


def find_edits(text: str) -> Found:
    """The edits in a normalised text; of two that overlap the one whose kind comes first.

    >>> [edit.act.value for edit in find_edits("the second one, but cheaper").edits]
    ['focus', 'cheaper']
    """
    found: list[tuple[int, Edit]] = []
    left = text
    for act, pattern in _COMPILED:
        for match in list(pattern.finditer(left)):
            if match.group().strip():
                found.append((match.start(), _edit(act, match)))
                blank = " " * (match.end() - match.start())
                left = left[: match.start()] + blank + left[match.end() :]
    cue = has_cue(text)
    rest = _CUE_LEAD.sub(" ", left.strip(" ,.!?。，！？")) if cue else left
    edits = tuple(edit for _, edit in sorted(found, key=lambda pair: pair[0]))
    return Found(edits, " ".join(rest.split()), cue)


def has_cue(text: str) -> bool:
    """Whether a text speaks of changing what there is: "make it blue", 换成蓝色, "in red"."""
    return bool(_CUE.search(text) or _WITH.search(text))


def _edit(act: Act, match: re.Match[str]) -> Edit:
    groups = {name: value for name, value in match.groupdict().items() if value}
    if act is Act.FOCUS:
        return Edit(act, place=_place(groups))
    role = next((name.partition("_")[0] for name in groups if name.partition("_")[0] in _ROLES), "")
    return Edit(act, role=role)


def _place(groups: dict[str, str]) -> int:
    if "this" in groups or "zhthis" in groups:
        return 0
    if "zhlast" in groups:
        return -1
    word = next(iter(groups.values()))
    return _PLACE[word] if word in _PLACE else min(int(word[:6]), 10**6) or 1
