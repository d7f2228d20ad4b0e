"""Follow-ups: whether an utterance goes on with a conversation, and the query it makes of it.

An utterance starts afresh where it names a category or words of its own; it goes on where it is
an edit ("cheaper"), a wish without a category ("in red"), or says that something is to change
("what about socks", 换成蓝色). Without a state, or a screen to speak of, everything is new.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from sayfind.catalog.product import Product
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.stages import Understander
from sayfind.text.normalise import has_han, normalise
from sayfind.types import Constraint, Context, DialogueState, NBest, Query, Sort, View
from sayfind.understanding.dialogue.edits import Act, Edit, Found, find_edits
from sayfind.understanding.dialogue.expect import ExpectConfig, lean, names_of
from sayfind.understanding.dialogue.views import (
    Shelf,
    apply,
    begun,
    changed,
    query_of,
    undone,
)
from sayfind.understanding.fields import role_of
from sayfind.understanding.wording import STOP_WORDS, ZH_STOP_WORDS

__all__ = ["FOLLOW_UPS", "Dialogue", "Turn"]

FOLLOW_UPS = (
    "cheaper", "something cheaper", "cheaper please", "too expensive", "that's too expensive",
    "more expensive", "something more expensive", "the first one", "the second one",
    "the third one", "the fourth one", "the last one", "number one", "number two", "number three",
    "this one", "that one", "not that brand", "not this brand", "another brand",
    "a different brand", "another colour", "a different colour", "not that colour", "any colour",
    "any brand", "any size", "forget the budget", "any price", "undo", "undo that", "go back",
    "start over", "new search", "more like this", "something similar", "similar ones", "bigger",
    "smaller", "a size up", "a size down", "sort by price", "cheapest first",
    "便宜一点", "再便宜点", "便宜点的", "更便宜的", "太贵了", "贵一点的", "第一个", "第二个",
    "第三个", "第四个", "最后一个", "这个", "那个", "换个牌子", "换个颜色", "别的牌子", "别的颜色",
    "不要这个牌子", "不要这个颜色", "不限颜色", "不限品牌", "价格不限", "什么颜色都行",
    "有没有类似的",
    "类似的", "大一号", "小一号", "撤销", "返回上一步", "还是上一个", "还是刚才那个", "重新开始",
    "重新搜索", "按价格排序",
)  # fmt: skip
"""What shoppers say next: a shop's ears expect it beside what they say first."""

_MORE = (
    "want show need give get see now but available them those only instead prefer go take like "
    "let's make can't rather and them mine got good better 再 更 只 改 换 成 还是 吧 行 好 好的 不 "
    "要 带 用 就要 只要 只看 那就 来 个 款 的话"
)
_IT = re.compile(r"(?:it|them|that|this|these|those)(?: one| again)?|它们?|[这那]个|[这那]")
_SMALL = STOP_WORDS | ZH_STOP_WORDS | frozenset(_MORE.split())


@dataclass(frozen=True, slots=True)
class Turn:
    """What to search for, the conversation it belongs to, and what could not be done.

    ``going_on`` is false where the utterance started afresh.
    """

    query: Query
    state: DialogueState
    notes: tuple[str, ...] = ()
    going_on: bool = False


class Dialogue:
    """Reads follow-ups over one shop. Has no state: conversations are given and given back."""

    def __init__(
        self,
        understander: Understander,
        vocabulary: Vocabulary,
        product: Callable[[str], Product | None],
        expected: ExpectConfig = ExpectConfig(),  # noqa: B008  (frozen)
    ) -> None:
        self._understander, self._expected = understander, expected
        sizes = {
            name: tuple(entry.value for entry in vocabulary.entries_of(name))
            for name in vocabulary.fields
            if role_of(name) == "size"
        }
        self._shelf = Shelf(product, sizes)

    def speaks_of(self, text: str, context: Context) -> bool:
        """Whether a text is a follow-up in its own words, in which nothing is misspelt."""
        state = self._state(context)
        found = find_edits(normalise(text))
        return state is not None and bool(found.edits) and not _words_left(found.rest, ())

    def expect(self, heard: NBest, context: Context) -> NBest:
        """What was heard, where it goes on with the conversation or names what is shown likelier.

        Without a conversation, and with nothing on the screen, it stays as it is.
        """
        state = self._state(context)
        if state is None or not heard:
            return heard
        shown = [product for id_ in state.now.shown if (product := self._shelf.product(id_))]
        names = names_of(shown)
        return lean(heard, lambda text: self.speaks_of(text, context), names, self._expected)

    def turn(self, n_best: NBest, query: Query, context: Context) -> Turn:
        """The next turn; ``query`` is what the utterance means by itself.

        Wishes clicked away or chosen (``context.removed``, ``context.added``) without any words
        are edits too.
        """
        state = self._state(context)
        what = dict(query.intent.slots).get("what") if query.intent else None
        if state is not None and isinstance(what, str) and _IT.fullmatch(what):
            view, note = apply(state.now, Edit(Act.FOCUS), self._shelf)
            asked = replace(query_of(view), text=n_best.text, intent=query.intent)
            return Turn(asked, changed(state, view), (note,) if note else (), going_on=True)
        if state is None or what is not None:
            return self._fresh(state, query)
        if not n_best:
            return self._clicked(state, context)
        found = find_edits(normalise(n_best.text))
        if any(edit.act is Act.UNDO for edit in found.edits):
            state = undone(state)
            return Turn(query_of(state.now), state, going_on=True)
        if found.edits or (found.cue and found.rest):
            query = self._understander.understand(NBest.from_text(found.rest))
        edits = self._edits(found, query, state.now)
        if edits is None:
            return self._fresh(state, self._understander.understand(n_best))
        return self._go_on(state, edits)

    def _state(self, context: Context) -> DialogueState | None:
        """The conversation, with what is on the screen as what was shown."""
        seen = context.screen.products
        if context.state is not None:
            now = context.state.now
            return replace(context.state, now=replace(now, shown=seen or now.shown))
        return DialogueState(View(shown=seen)) if seen else None

    @staticmethod
    def _fresh(state: DialogueState | None, query: Query) -> Turn:
        return Turn(query, begun(state, query))

    def _go_on(self, state: DialogueState, edits: list[Edit]) -> Turn:
        view, notes = state.now, list[str]()
        for edit in edits:
            view, note = apply(view, edit, self._shelf)
            notes += [note] if note else []
        after = changed(state, view) if view != state.now else state
        return Turn(query_of(view), after, tuple(notes), going_on=True)

    def _clicked(self, state: DialogueState, context: Context) -> Turn:
        away = {(c.field, c.value, c.negated) for c in context.removed}
        view = state.now
        kept = [c for c in view.constraints if (c.field, c.value, c.negated) not in away]
        view = replace(view, constraints=tuple(kept))
        edits = [Edit(Act.SET, wishes=(wish,)) for wish in context.added]
        for edit in edits:
            view, _ = apply(view, edit, self._shelf)
        after = changed(state, view) if view != state.now else state
        return Turn(query_of(view), after, going_on=True)

    def _edits(self, found: Found, query: Query, now: View) -> list[Edit] | None:
        """All edits of an utterance; ``None`` where it starts a search of its own."""
        edits = list(found.edits)
        wanted = [c for c in query.constraints if not c.negated]
        left = _words_left(normalise(query.terms), wanted)
        category = any(c.field == "category" for c in wanted)
        starts = not any((now.words, now.constraints, now.shown))
        if starts or ((category or left) and not (found.cue or edits)):
            return None
        if category and not found.cue and not any(e.act is Act.FOCUS for e in edits):
            return None  # "cheaper headphones" is asked of the whole shop
        if left and edits and not found.cue:
            return None
        edits += [Edit(Act.SET, wishes=tuple(group)) for group in _by_field(query)]
        edits += _other_thing(category, now)
        if left:
            edits.append(Edit(Act.ADD_WORDS, words=" ".join(left)))
        if query.sort is not Sort.RELEVANCE:
            edits.append(Edit(Act.SORT, sort=query.sort))
        return edits or None


def _by_field(query: Query) -> list[list[Constraint]]:
    groups: dict[str, list[Constraint]] = {}
    for wish in query.constraints:
        groups.setdefault(wish.field, []).append(wish)
    return list(groups.values())


def _other_thing(category: bool, now: View) -> list[Edit]:
    """Another kind of thing has sizes of its own."""
    sized = any(role_of(c.field) == "size" for c in now.constraints)
    return [Edit(Act.DROP, role="size")] if category and sized else []


def _words_left(text: str, wanted: list[Constraint] | tuple[()]) -> list[str]:
    """The words that neither a wish nor grammar explains."""
    for wish in wanted:
        for said in (wish.text, wish.value if isinstance(wish.value, str) else ""):
            text = text.replace(normalise(said), " ") if said else text
    words = [word.strip(",.!?;:。，！？") for word in text.split()]
    return [word for word in words if word and not _is_small(word)]


def _is_small(word: str) -> bool:
    if not has_han(word):
        return word in _SMALL
    left = word
    for small in sorted((w for w in _SMALL if has_han(w)), key=len, reverse=True):
        left = left.replace(small, "")
    return not left
