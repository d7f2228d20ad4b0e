"""Rules that read a query again in the light of the graph; each says in a sentence that it fired.

1. One word of two columns (苹果: the brand, or fruit) is decided by the price that is asked, the
   prices that each is sold at, and the category that is asked for with it.
2. A name that only the graph knows becomes the wish it stands for.
3. A broader category that no product is in becomes the categories within it.
4. "X for Y" is X that fits Y: what is asked about Y's own brand and kind goes.
5. "Parts for X" are the categories that belong to X, not X itself.
6. Where nothing is found, what serves instead is offered.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from sayfind.catalog.vocabulary import Vocabulary
from sayfind.text.normalise import has_han, normalise
from sayfind.types import Constraint, Query, Range
from sayfind.understanding.knowledge.graph import Graph, Relation, name_of

__all__ = ["FITS", "Knowledge"]

FITS = "fits"
"""The field of a wish for what works with a thing; no feed has it, so titles are asked."""

_DECIDED = 0.75  # probability from which one meaning is taken for granted
_ELSEWHERE = 0.1  # how likely a wish lies outside what a meaning is known for
_SOLD = 4.0  # how much likelier a brand is before something that it sells
_FOR = re.compile(r"(?<![a-z])(?:for|fits|fit|compatible with|that works with)(?![a-z])|适用|给|的")
_PARTS = re.compile(
    r"(?<![a-z])(?:(?:spare |replacement )?parts?|spares|accessor(?:y|ies))(?![a-z])|配件|零件|部件"
)
_TOKEN = re.compile(r"[^\W_\u3400-\u9fff]+|[\u3400-\u9fff]")
_LONGEST = 8  # tokens of a name

Fired = tuple[str, ...]


class Knowledge:
    """A graph, the vocabulary beside it, and the rules over both. Never changes."""

    def __init__(self, graph: Graph, vocabulary: Vocabulary) -> None:
        self.graph = graph
        self._known = {(e.field, e.value) for e in vocabulary.entries}
        self._forms = {form for entry in vocabulary.entries for form in entry.forms}

    def infer(self, query: Query) -> tuple[Query, Fired]:
        """The query as the rules read it, and what each rule that fired says."""
        fired: list[str] = []
        for rule in (self._decide, self._name, self._fit, self._parts):
            query, said = rule(query)
            fired += said
        return query, tuple(fired)

    def instead(self, query: Query) -> tuple[Query, str] | None:
        """A query for what serves instead of a wish, and the sentence that says so."""
        for wish in query.constraints:
            if wish.negated or not isinstance(wish.value, str):
                continue
            others = self.graph.objects(f"{wish.field}:{wish.value}", Relation.INSTEAD)
            for node in sorted(others, key=lambda n: -others[n]):
                name, _, value = node.partition(":")
                rest = [c for c in query.constraints if c is not wish]
                other = Constraint(name, value, wish.confidence, text=normalise(value))
                terms = value if wish.text in normalise(query.terms) else query.terms
                asked = replace(query, terms=terms, constraints=(*rest, other), alternatives=())
                return asked, f"There is no {wish.value} like that; {value} may serve instead."
        return None

    def _decide(self, query: Query) -> tuple[Query, list[str]]:
        """Rule 1."""
        by_text: dict[str, list[Constraint]] = defaultdict(list)
        for wish in query.constraints:
            if wish.text and not wish.negated and isinstance(wish.value, str):
                by_text[wish.text].append(wish)
        fired = []
        for text, wishes in by_text.items():
            if len({w.field for w in wishes}) < 2:
                continue
            reasons: dict[Constraint, list[str]] = {w: [] for w in wishes}
            weights = [w.confidence * self._likelihood(w, query, reasons[w]) for w in wishes]
            best = max(range(len(wishes)), key=weights.__getitem__)
            chosen, whole = wishes[best], sum(weights)
            if any(reasons.values()) and whole and weights[best] >= _DECIDED * whole:
                kept = tuple(c for c in query.constraints if c is chosen or c not in wishes)
                sure = replace(chosen, confidence=1.0)
                query = replace(query, constraints=tuple(sure if c is chosen else c for c in kept))
                why = "; ".join(dict.fromkeys(r for w in wishes for r in reasons[w]))
                fired.append(f"{text} is the {chosen.field} {chosen.value}: {why}.")
        return query, fired

    def _likelihood(self, wish: Constraint, query: Query, reasons: list[str]) -> float:
        """How well a meaning goes with the rest of the query."""
        node, likelihood = f"{wish.field}:{wish.value}", 1.0
        price = query.first("price")
        costs = next(iter(self.graph.objects(node, Relation.COSTS)), "")
        asked_price = price.value if price is not None else None
        if isinstance(asked_price, Range) and costs and not _overlap(asked_price, costs):
            likelihood *= _ELSEWHERE
            reasons.append(f"{wish.value} ({wish.field}) costs {costs.replace('..', ' to ')}")
        asked = query.first("category")
        if asked is not None and asked.text != wish.text and isinstance(asked.value, str):
            other = f"category:{asked.value}"
            if wish.field == "brand":
                sells = other in self.graph.objects(node, Relation.SELLS)
                reasons.append(f"{wish.value} sells {'' if sells else 'no '}{asked.value}")
                likelihood *= _SOLD if sells else _ELSEWHERE
            elif wish.field == "category":
                related = other in self.graph.below(node) or node in self.graph.below(other)
                likelihood *= 1.0 if related else _ELSEWHERE
        return likelihood

    def _name(self, query: Query) -> tuple[Query, list[str]]:
        """Rules 2 and 3."""
        fired, text = [], normalise(query.terms)
        for said, node in self._names_in(normalise(query.text)):
            name, _, value = node.partition(":")
            wanted = said.split()[-1] in text  # negated words are none of the terms
            if name not in ("brand", "category") or said in self._forms or not wanted:
                continue
            within = [name_of(n) for n in self.graph.below(node)]
            values = [v for v in (value, *within) if (name, v) in self._known]
            if not values and self.graph.objects(node, Relation.INSTEAD):
                values = [value]
            if not values:
                continue
            wishes = tuple(Constraint(name, v, 0.9, text=said) for v in values)
            kept = tuple(c for c in query.constraints if c.field != name or c.negated)
            gone = {said, *said.split()}
            text = " ".join(w for w in text.replace(said, " ").split() if w not in gone)
            terms = f"{text} {values[0]}" if len(values) == 1 else text
            query = replace(
                query, terms=terms.strip(), constraints=(*kept, *wishes), alternatives=()
            )
            fired.append(f"{said} is the {name} {' or '.join(values)}.")
        return query, fired

    def _fit(self, query: Query) -> tuple[Query, list[str]]:
        """Rule 4."""
        text = normalise(query.text)
        for said, node in self._names_in(text):
            if not node.startswith("thing:") or not self.graph.subjects(Relation.FITS, node):
                continue
            at = text.find(said)
            before, after = text[:at], text[at + len(said) :]
            head = _FOR.search(before) or (has_han(after) and after.strip())
            if not head:
                continue
            kept = tuple(c for c in query.constraints if not c.text or c.text not in said)
            wish = Constraint(FITS, name_of(node), 0.9, text=said)
            query = replace(query, constraints=(*kept, wish))
            return query, [f"What fits {name_of(node)} is asked for, not {name_of(node)} itself."]
        return query, []

    def _parts(self, query: Query) -> tuple[Query, list[str]]:
        """Rule 5."""
        text = normalise(query.text)
        asked = _PARTS.search(text)
        if not asked:
            return query, []
        wished = [(c.text, f"{c.field}:{c.value}") for c in query.constraints if not c.negated]
        for said, whole in (*wished, *self._names_in(text)):
            parts = self.graph.subjects(Relation.PART_OF, whole)
            values = [v for v in map(name_of, parts) if ("category", v) in self._known]
            if not values or asked.group() in said:
                continue
            kept = tuple(c for c in query.constraints if c.field != "category" and c.text != said)
            wishes = tuple(Constraint("category", v, 0.9, text=asked.group()) for v in values)
            left = normalise(query.terms).replace(asked.group(), " ").replace(said, " ")
            terms = " ".join(word for word in left.split() if word not in ("for", "of"))
            query = replace(query, terms=terms, constraints=(*kept, *wishes), alternatives=())
            return query, [f"What belongs to {name_of(whole)} is asked for: {' or '.join(values)}."]
        return query, []

    def _names_in(self, text: str) -> Iterator[tuple[str, str]]:
        """(as said, node) of every name in a text, longest first, not overlapping."""
        tokens = list(_TOKEN.finditer(text))
        taken: list[tuple[int, int]] = []
        for size in range(min(_LONGEST, len(tokens)), 0, -1):
            for first in range(len(tokens) - size + 1):
                start, end = tokens[first].start(), tokens[first + size - 1].end()
                nodes = self.graph.names.get(text[start:end])
                if nodes and all(end <= s or e <= start for s, e in taken):
                    taken.append((start, end))
                    yield text[start:end], nodes[0]


def _overlap(asked: Range, costs: str) -> bool:
    low, _, high = costs.partition("..")
    least = float("-inf") if asked.low is None else asked.low
    most = float("inf") if asked.high is None else asked.high
    return least <= float(high or "inf") and float(low or 0) <= most
