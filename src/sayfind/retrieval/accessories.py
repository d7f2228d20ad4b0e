"""Telling a product from what belongs to it: a notebook from a notebook bag.

In a title, a word that an accessory's name follows ("notebook battery"), or that "for" precedes
("charger for notebooks"), says what the product goes with, not what it is. Knows English and
Chinese words for accessories, and nothing of any one catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from sayfind.text.tokenise import tokenise

__all__ = ["ACCESSORIES", "accessory_terms", "modifier_places"]

_ENGLISH = (
    "accessory adapter adaptor arm armband backpack bag battery bracket cable carrier cart "
    "cartridge case charger cord cover cradle dock docking filter harness holder holster lanyard "
    "lens lid lock mat mount mounting pad pedal pouch protector rack refill replacement riser "
    "sleeve spare stand sticker strap stylus tripod trolley warranty"
)
_CHINESE = (
    "壳 套 保护套 保护壳 保护膜 膜 贴膜 钢化膜 包 收纳包 背包 支架 底座 充电器 适配器 电池 线 "
    "数据线 转接头 转换器 配件 挂绳 表带 手机壳 手机套 垫 滤芯 替换装 延保"
)
ACCESSORIES = (*_ENGLISH.split(), *_CHINESE.split())
"""What goes with something else, as titles call it."""

_PREPOSITIONS = ("for", "fits", "适用", "适用于", "用于", "兼容")
_AFTER, _BEFORE = 2, 3  # how many words away an accessory's name, or a preposition, may stand


def accessory_terms(terms: Mapping[str, int]) -> NDArray[np.int64]:
    """The numbers of the terms that name accessories."""
    return _numbers(ACCESSORIES, terms)


def _numbers(words: Iterable[str], terms: Mapping[str, int]) -> NDArray[np.int64]:
    cut = (tokenise(word) for word in words)
    found = {terms[parts[0]] for parts in cut if len(parts) == 1 and parts[0] in terms}
    return np.array(sorted(found), dtype=np.int64)


def modifier_places(titles: NDArray[np.int32], terms: Mapping[str, int]) -> NDArray[np.bool_]:
    """For each place in the titles (-1 ends one), whether its word says what something is for."""
    accessory = np.isin(titles, accessory_terms(terms))
    preposition = np.isin(titles, _numbers(_PREPOSITIONS, terms))
    ends = titles < 0
    modifies = np.zeros(len(titles), dtype=bool)
    for marks, reach, step in ((accessory, _AFTER, -1), (preposition, _BEFORE, 1)):
        carried = marks
        for _ in range(reach):
            carried = np.roll(carried & ~ends, step)
            modifies |= carried
    return modifies & ~ends & ~accessory
