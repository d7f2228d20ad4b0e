"""Other ways to put a query, for search: beside the verbatim words, never instead of them.

Hesitations are smoothed, a word that was cut off is finished, abbreviations and synonyms are
written out, where the shop knows the result. Each is one more reading with a small share; the
first reading keeps its place and its text.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sayfind.correction.locks import lock_signature
from sayfind.text.normalise import has_han, normalise
from sayfind.types import Audio, Change, Hypothesis, NBest

__all__ = ["EnhancementConfig", "Enhancer", "finish", "smooth", "synonyms"]

_FILLERS = re.compile(
    r"\b(?:u+h+m*|u+m+|e+r+m*|h+m+|you know|i mean|sort of|kind of|well|okay|so like)\b[ ,]*"
    r"|(?:^|(?<=[ ,]))like,? (?=a\b|the\b|some\b|um|uh)|\b(?:like),? *$"
    r"|[呃嗯额哦唔]+[,，、 ]*|(?:^|(?<=[,，、 呃嗯额哦唔]))(?:那个|这个|就是说?)+[,，、 ]*",
    re.IGNORECASE,
)
_AGAIN = re.compile(r"\b([a-z']+)(?: \1\b)+|([\u4e00-\u9fff]{2,4}?)\2(?=[\u4e00-\u9fff])", re.I)
_NOT_AGAIN = re.compile(r"^(?:go|bye|so|very|really|no|not)$", re.IGNORECASE)
_PAIRS = """
tv=television|fridge=refrigerator|pc=computer|notebook=laptop|cell phone=mobile phone
cell phone=smartphone|earphones=headphones|earbuds=earphones|usb stick=flash drive
usb stick=memory stick|pen drive=usb flash drive|hdd=hard drive|ssd=solid state drive
ac=air conditioner|ac adapter=power adapter|mobile=phone|telly=tv|hoover=vacuum cleaner
cam=camera|specs=glasses|sneakers=shoes|trainers=running shoes|couch=sofa|mic=microphone
手机=智能手机|移动电话=手机|充电宝=移动电源|笔记本=笔记本电脑|耳塞=耳机|电视=电视机|u盘=优盘
运动鞋=跑鞋|洗面奶=洁面乳|电饭锅=电饭煲|插座=插线板|投影=投影仪|单反=单反相机
"""


@dataclass(frozen=True, slots=True)
class EnhancementConfig:
    """How much the other ways count.

    ``share`` is the probability of one, as a part of the first reading's; ``most`` how many there
    are at most. A ``share`` of 0 turns enhancement off.
    """

    share: float = 0.15
    most: int = 3

    def __post_init__(self) -> None:
        if not 0 <= self.share < 1 or self.most < 1:
            raise ValueError("share is at least 0 and under 1, most at least 1")


def smooth(text: str) -> str:
    """A text without hesitations and words said twice; unchanged if nothing would be left.

    >>> smooth("um i want uh a a red like a red bag"), smooth("呃那个红色的的包包")
    ('i want a red a red bag', '红色的的包包')
    """
    bare = _FILLERS.sub("", text)
    bare = _AGAIN.sub(lambda m: m[0] if m[1] and _NOT_AGAIN.match(m[1]) else m[1] or m[2], bare)
    bare = re.sub(r"\s+", " ", bare).strip(" ,，、")
    return bare if bare and lock_signature(bare) == lock_signature(text) else text


def finish(text: str, words: Mapping[str, float]) -> str:
    """A text whose last word was cut off, finished by the commonest known word.

    ``words`` are known words (sorted) with counts. A word that is known, or of under four letters,
    stays; so does one that could be finished in more than one common way.

    >>> finish("bluetooth spea", {"speaker": 90.0, "spear": 1.0})
    'bluetooth speaker'
    """
    head, _, last = text.rpartition(" ")
    if len(last) < 4 or not last.isascii() or not last.isalpha() or last.lower() in words:
        return text
    keys = list(words)
    start = last.lower()
    at = bisect_left(keys, start)
    found = []
    while at < len(keys) and keys[at].startswith(start):
        found.append((words[keys[at]], keys[at]))
        at += 1
    found.sort(reverse=True)
    if not found or (len(found) > 1 and found[0][0] < 3 * found[1][0]):
        return text
    return f"{head} {found[0][1]}".strip()


def synonyms(text: str, knows: Callable[[str], bool]) -> Iterator[str]:
    """The text with a word put as the shop puts it, where the shop has not the word itself.

    Where it has both, the other only blurs what was asked (typed Icecat: docs/correction.md).
    """
    form = normalise(text)
    for one, other in _both_ways():
        if knows(other) and not knows(one):
            pattern = re.escape(one) if has_han(one) else rf"\b{re.escape(one)}\b"
            if re.search(pattern, form) and other not in form:
                yield re.sub(pattern, other, form, count=1)


def _both_ways() -> Iterator[tuple[str, str]]:
    for pair in _PAIRS.replace("\n", "|").strip("|").split("|"):
        one, _, other = pair.partition("=")
        yield one, other
        yield other, one


class Enhancer:
    """Implements ``stages.Corrector``; changes nothing, adds readings.

    ``words`` are the shop's words with counts, ``knows`` tells its words and phrases.
    """

    def __init__(
        self,
        words: Mapping[str, float],
        knows: Callable[[str], bool],
        config: EnhancementConfig | None = None,
    ) -> None:
        self._words = {word: words[word] for word in sorted(words)}
        self._knows = knows
        self.config = config or EnhancementConfig()

    def correct(self, n_best: NBest, audio: Audio | None) -> tuple[NBest, tuple[Change, ...]]:  # noqa: ARG002
        """The readings, and other ways to put the first one after it."""
        if not n_best or not self.config.share:
            return n_best, ()
        heard = {normalise(h.text) for h in n_best.hypotheses}
        added = [text for text in self.ways(n_best.text) if normalise(text) not in heard]
        added = added[: self.config.most]
        if not added:
            return n_best, ()
        part = self.config.share * n_best.confidence
        mark = {**n_best.hypotheses[0].scores, "enhanced": math.log(self.config.share)}
        pairs = list(zip(n_best.hypotheses, n_best.probabilities, strict=True))
        pairs += [(Hypothesis(text, mark), part) for text in added]
        pairs = [pairs[0], *sorted(pairs[1:], key=lambda pair: -pair[1])]
        total = sum(share for _, share in pairs)
        return NBest(
            tuple(h for h, _ in pairs), tuple(p / total for _, p in pairs), n_best.language
        ), ()

    def ways(self, text: str) -> list[str]:
        """Other ways to put a text, each once, with the same numbers and negations."""
        smoothed = smooth(text)
        whole = finish(smoothed, self._words)
        found = dict.fromkeys([smoothed, whole, *synonyms(whole, self._knows)])
        locked = lock_signature(text)
        return [way for way in found if way != text and lock_signature(way) == locked]
