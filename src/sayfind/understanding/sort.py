"""Sort wishes: "cheapest", 销量最高. A mild one ("cheap") asks for a direction, not an order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sayfind.types import Sort

__all__ = ["SortWish", "find_sorts"]


@dataclass(frozen=True, slots=True)
class SortWish:
    """Characters ``start`` to ``end`` ask for an order. ``mild``: "cheap", not "cheapest"."""

    start: int
    end: int
    sort: Sort
    mild: bool = False


# Each is a regular expression; English ones are matched between word boundaries.
_STRONG: dict[Sort, tuple[str, str]] = {
    Sort.PRICE_ASCENDING: (
        r"cheapest|lowest[- ]priced?|lowest prices?|least expensive|most affordable|"
        r"most economical|(?:price )?low(?:est)? to high(?:est)?(?: price)?|ascending price|"
        r"price ascending|(?:sort|order|rank)(?:ed)?(?: them| it| these)? by price|"
        r"lowest cost|least costly|best price",
        r"价格最低|价钱最低|最低价|最便宜|最实惠|最划算|最省钱|最平价|(?:价格)?(?:从|由)低到高|"
        r"价格升序|最不贵",
    ),
    Sort.PRICE_DESCENDING: (
        r"most expensive|priciest|highest[- ]priced?|highest prices?|dearest|most costly|"
        r"(?:price )?high(?:est)? to low(?:est)?(?: price)?|price descending|most luxurious",
        r"价格最高|价钱最高|最高价|最贵|最高档|(?:价格)?(?:从|由)高到低|价格降序|最奢华",
    ),
    Sort.POPULARITY: (
        r"most popular|best[- ]sell(?:ing|ers?)|bestsell(?:ing|ers?)|top[- ]sell(?:ing|ers?)|"
        r"trending|hottest|most bought|most sold|most wanted|popularity",
        r"销量最(?:高|好|大|多)|卖得最(?:好|多|火)|卖的最(?:好|多|火)|最热销|最畅销|最热卖|最热门|"
        r"最火爆?|最受欢迎|人气最(?:高|旺)|最流行|爆款|热销|畅销|销量(?=排序|优先)|销量第一|买的人最多",
    ),
    Sort.NEWEST: (
        r"newest|latest|most recent(?:ly released)?|new arrivals?|just released|"
        r"newly released|just came out|recently released|most up to date",
        r"最新(?:款|品|上市|发布|出|一代|上架|型号|版)?|刚上市|刚出|新上市|新上架|新品(?:上市)?|"
        r"上新",
    ),
    Sort.RATING: (
        r"(?:best|top|highest|highly)[- ]rated|best[- ]reviewed|(?:best|top|highest|most) "
        r"(?:reviews?|ratings?|reviewed|stars)|highest (?:customer )?(?:rating|review)s?|"
        r"rating|well[- ]reviewed",
        r"(?:评分|好评率?|口碑|评价|评论|评级)最(?:高|多|好)|好评率?高|最好评|口碑最?好|评价最?好|评分高",
    ),
}
_MILD: dict[Sort, tuple[str, str]] = {
    Sort.PRICE_ASCENDING: (
        r"(?:not|nothing|isn't|aren't) (?:(?:too|so|very|that|really|overly) )?"
        r"(?:expensive|pricey|costly)|(?:not|doesn't|don't) cost (?:too )?much|cheap|cheaply|"
        r"inexpensive|affordable|low[- ]cost|low[- ]priced?|budget(?:[- ]friendly)?|cheaper|"
        r"reasonably priced|good value|value for money|bargain|less expensive",
        r"(?:别|不要|不能|不用)?(?:太|那么|特别|很)?(?<=[太么别很要能])贵|不(?:太|怎么|算|是很)?贵|"
        r"便宜(?:一点|点|些|一些)?|实惠(?:一点|点|些)?|平价|经济(?:一点|型)|性价比(?:最)?高|物美价廉|"
        r"价格低(?:一点|点|些)?",
    ),
    Sort.PRICE_DESCENDING: (
        r"expensive|pricey|luxurious|high[- ]end|luxury",
        r"高档(?:一点|点|些)?|奢华|贵一点|贵点|贵一些",
    ),
    Sort.POPULARITY: (r"popular", r"热门|流行|受欢迎|人气高"),
    Sort.NEWEST: (r"recent", r"新款"),
}

_BEFORE_EN = r"(?:(?:sort(?:ed)?|order(?:ed)?|rank(?:ed)?|arranged?) by |(?<![a-z])the |by )?"
_BEFORE_ZH = r"(?:按照?|以|根据)?"
_AFTER_EN = r"(?: (?:first|ones?|one))?"
_AFTER_ZH = r"(?:的那(?:个|款|种))?(?:优先|排序|排列|排)?(?:的)?"


def _compile(table: dict[Sort, tuple[str, str]]) -> dict[Sort, re.Pattern[str]]:
    return {
        sort: re.compile(
            rf"(?<![a-z0-9]){_BEFORE_EN}(?:{english}){_AFTER_EN}(?![a-z0-9])(?! than)"
            rf"|{_BEFORE_ZH}(?:{chinese}){_AFTER_ZH}"
        )
        for sort, (english, chinese) in table.items()
    }


_PATTERNS = ((_compile(_STRONG), False), (_compile(_MILD), True))
_CANCELLED = re.compile(r"(?:\bnot|\bdon't (?:need|want)|不要|不用|别要|不需要|不是|不想要)\s*$")


def find_sorts(text: str) -> Iterator[SortWish]:
    """Every sort wish in a normalised text; "not the cheapest" is none."""
    for patterns, mild in _PATTERNS:
        for sort, pattern in patterns.items():
            for match in pattern.finditer(text):
                if not _CANCELLED.search(text, max(0, match.start() - 16), match.start()):
                    yield SortWish(match.start(), match.end(), sort, mild)
