"""What people say around a wish: "show me", 我想买, um. It is no part of what they want."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sayfind.understanding.reading import Span

__all__ = ["Carriers", "find_carriers"]

_GAP = re.compile(r"[\s,]*")

_FILLER = (
    r"(?:u+m+|u+h+|e+r+m*|hm+|ah+|oh|okay|ok|well|so|yes|yeah|(?:hi|hello|hey) there|hi|hello|hey|"
    r"please|actually|basically|you know|i mean|let's see|let me see|sorry|no wait|wait|now|then|"
    r"just|and|also|"
    r"could you please|excuse me|good morning|good evening|thanks|thank you)"
)
_SUBJECT = r"(?:i|we|you)"
_MODAL = r"(?:can|could|may|might|would|will|shall|should|do|did|are|have)"
_VERB = (
    r"(?:have|get|buy|find|see|order|want|need|like|show|give|bring|make|brew|pour|prepare|fix|"
    r"serve|grab|fetch|pick up|purchase|take|try|look for|look at|search for|browse|check out|"
    r"recommend|suggest|help|send|pass|hand|sell|stock|carry|add|shop for|go for|go with|use)"
)
_DETERMINER = (
    r"(?:an?|the|some|any|a few|a couple of|a pair of|all|all the|my|something|anything|"
    r"a good|a nice|good|nice|the best|best|great)"
)
# A verb alone starts an order only before "me", a determiner or "us": "brew a", not "brew kit".
_ENGLISH = re.compile(
    rf"(?:{_FILLER}[\s,.!]+){{0,8}}"
    r"(?:"
    rf"(?:{_MODAL} {_SUBJECT}|i am|we are|i was|i'd|i'll|i'm|i|we|we'd|we're|you|let me|let's|"
    r"help|is there|"
    r"are there|there is|it's|what are|what's|what is|where can i|how about|what about|"
    r"where is|where are|which|who has|got|do you guys)(?: (?:all|please|just|really|also)){0,3}"
    rf"(?: (?:would|want|need|like|love|wanna|gonna|going|looking|interested|searching|"
    rf"shopping|after|in the market|trying|thinking|hoping|to|for|in|have|got|please|me|us|of|"
    rf"some|get|be|would like|{_VERB})){{0,6}}"
    r"|(?:show|find|give|get|bring|make|fetch|grab|recommend|buy|send|tell|pour|brew|fix|order|"
    r"pass|hand)(?: (?:me|us))(?: (?:with|about|up|out|to|find|get|buy|see)){0,4}"
    r"|(?:search|look|looking|searching|shop|shopping|browse)(?: (?:for|up|at))?"
    r"|(?:find|buy|show|i need|need|want|wanna buy|purchase|looking for)"
    rf"|{_VERB}(?= {_DETERMINER}\b)"
    r")?"
    rf"(?:[\s,]+(?:{_FILLER}|{_DETERMINER})){{0,6}}(?![a-z0-9'])"
)
_ENGLISH_END = re.compile(
    r"[\s,]*\b(?:please|thanks|thank you|thank you very much|for me|"
    r"if you have (?:any|some|one|it)|"
    r"do you have (?:any|it|them|that|some)|if possible|if available|can you find (?:it|any|one)|"
    r"right now|you know|or something(?: like that)?|or whatever|on sale|u+m+|u+h+|available|"
    r"is what i (?:want|need)|in stock|i guess|i think|to go|for sale)[\s.!?]*$"
)
_ENGLISH_ANYWHERE = re.compile(
    r"\b(?:u+m+|u+h+|e+rm+|hmm+|you know|i mean|no wait|something like|that (?:is|are)|that's|"
    r"which (?:is|are)|i don't (?:mind|care)(?: about)?|please|(?:a )?(?:bit|little bit|lot)s? of|"
    r"lots of|kind of|sort of|a pair of|pairs? of|ones?|but|except|"
    r"made (?:of|from|out of)|but not)\b"
)

_ZH_FILLER = r"(?:嗯|呃|额|啊|哦|那个|这个|就是|然后|你好|您好|喂|请问|麻烦|那|诶|哎|好的|对了|就)"
_ZH_VERB = (
    r"(?:搜索?|查找?|寻找|找到?|买|购买|选购|选|挑|推荐|看看?|要|来|想要?|需要|点|订|下单|弄|整|做|拿|"
    r"有没有|有|卖|给我|帮我|帮忙|麻烦)"
)
_ZH_HELP = (
    r"(?:请|帮我|帮忙|给我|替我|麻烦你?|能不能|能否|可不可以|可以|你能|能|你们?|您|这里|这儿|店里)"
)
_CHINESE = re.compile(
    rf"(?:{_ZH_FILLER}[\s,。!]*){{0,6}}"
    rf"(?:(?:我们?|俺|咱)?(?:还|也|就|现在|今天|最近|正|正在)?(?:{_ZH_HELP}|想|要|想要|需要|打算|准备){{1,4}}"
    rf"(?:再|去|一起)?{_ZH_VERB}{{0,4}}|我们?(?:{_ZH_VERB}|在){{1,4}}|{_ZH_VERB}{{1,4}}(?=[一几些点个下]|有没有)|"
    r"有没有(?:什么)?|有什么|哪里有|哪有|哪儿有|搜索?一下|搜索|查找|查一下|推荐|寻找|购买|给我|帮我|求|求推荐|买|找)?"
    rf"(?:一下|下)?(?:{_ZH_VERB}(?=[一几些点个下]))?(?:{_ZH_FILLER}){{0,3}}"
    r"(?:[一几](?:个|款|种|些|点|条|双|件|台|部|只|瓶|杯|把|张|本|套|盒|包|箱|支|副|顶|块|辆|份|袋|罐|听|斤)|"
    r"点(?!读|钞|餐)|些)?"
)
_CHINESE_END = re.compile(
    r"(?:的)?(?:有没有|有吗|有么|有哪些|有什么|哪个好|哪种好|哪款好|哪个牌子好|怎么样|怎么卖|多少钱|"
    r"推荐一下|推荐|谢谢|有卖吗|有卖的吗|可以吗|行吗|好吗|吗|呢|吧|啊|呀|嘛|么|哦|就行|就好|就可以|即可|"
    r"都行|都可以|给我看看|看看|看一下)[。?!\s]*$"
)
_CHINESE_ANYWHERE = re.compile(
    r"嗯+|呃+|但是|不过|另外|而且|最好(?:是|有)?|一定要|必须|还有|还要|帮我|请问|有没有"
)


_VERBS = frozenset(re.findall(r"[a-z]+", _VERB)) - {"use"}


@dataclass(frozen=True, slots=True)
class Carriers:
    """Stretches that carry no wish; ``prefix`` is the one that opens the sentence."""

    prefix: Span
    spans: tuple[Span, ...]

    def swallows(self, first: str, span: Span, words: int) -> bool:
        """Whether one word of the opening ("get" in "can i get a") was taken for a value."""
        short = words == 1 and (first in _VERBS or len(first) == 1)
        return short and self.prefix.covers(span) and span.end < self.prefix.end


def find_carriers(text: str) -> Carriers:
    """Stretches of a normalised text that carry no wish; a value or price in them counts more."""
    prefix = _prefix(text)
    spans = [prefix]
    end = len(text)
    for pattern in (_ENGLISH_END, _CHINESE_END) * 2:
        found = pattern.search(text, max(0, end - 40), end)
        if found and found.end() > found.start():
            spans.append(Span(found.start(), end))
            end = found.start()
    for pattern in (_ENGLISH_ANYWHERE, _CHINESE_ANYWHERE):
        spans += [Span(m.start(), m.end()) for m in pattern.finditer(text)]
    return Carriers(prefix, tuple(span for span in spans if span.end > span.start))


def _prefix(text: str) -> Span:
    english = _ENGLISH.match(text)
    end = english.end() if english else 0
    rest = _GAP.match(text, end)
    chinese = _CHINESE.match(text, rest.end() if rest else end)
    return Span(0, max(end, chinese.end() if chinese and chinese.group() else 0))
