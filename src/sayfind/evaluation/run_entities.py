"""Judges names: whether the catalogue entry that was said is among the readings and the hits.

An entry is a title, a brand, a category, an attribute value or a product's id as the manifest's
``text`` writes it. A reading names it where it holds the entry's words in a row, spoken or written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sayfind.catalog.product import Product
from sayfind.data.sets import Case
from sayfind.evaluation.run_judge import Cost, Rung, Subject
from sayfind.evaluation.run_plan import Condition
from sayfind.evaluation.run_record import Judgement
from sayfind.evaluation.run_slices import rarity_slice
from sayfind.evaluation.run_transcription import sound_confusions
from sayfind.evaluation.tokens import mixed_tokens, written_tokens
from sayfind.pipeline import VoiceSearch
from sayfind.text.spoken import spoken_forms

__all__ = ["EntitiesJudge", "names_entry"]

DEPTHS = (1, 5, 10)
Forms = frozenset[tuple[str, ...]]


def entry_forms(entry: str) -> Forms:
    """The token sequences that count as the entry: as written, and as said."""
    forms = {tuple(mixed_tokens(entry)), tuple(written_tokens(entry))}
    forms |= {tuple(form.split()) for form in spoken_forms(entry)}
    return frozenset(form for form in forms if form)


def names_entry(reading: str, forms: Forms) -> bool:
    """Whether a reading holds one of the forms as words in a row."""
    for tokens in (mixed_tokens(reading), written_tokens(reading)):
        text = " ".join(["", *tokens, ""])
        if any(f" {' '.join(form)} " in text for form in forms):
            return True
    return False


class EntitiesJudge:
    """Compares readings and hits with the entry that the manifest's ``text`` names.

    ``unbiased`` has by clip and condition what a recogniser without the shop's help read: with it,
    a name that this reading misses is a hard one, and has a recall of its own.
    """

    main = "recall_at_1"
    lower_is_better = False
    yes_no = "recall_at_1"
    ladder: Sequence[Rung] = (
        Rung("first reading", "the recogniser's first reading names the entry, uncorrected"),
        Rung("corrected", "the first reading names it after correction"),
        Rung("best reading", "oracle: some reading of the n-best list names it"),
        Rung("first hit", "the first product found is the entry, or has it"),
        Rung("true text", "oracle: the same for the entry typed"),
    )

    costs: Sequence[Cost] = (
        Cost("correction", "corrected", "first reading"),
        Cost("choosing among the readings", "corrected", "best reading"),
        Cost("hearing: no reading has it", "best reading"),
        Cost("finding the true text", "true text"),
    )

    def __init__(
        self, search: VoiceSearch, unbiased: Mapping[tuple[str, Condition], str] | None = None
    ) -> None:
        self._search = search
        self._unbiased = unbiased or {}
        self._products: dict[str, list[str]] = {}
        for product in search.shop.products.values():
            for name in _names(product):
                self._products.setdefault(_key(name), []).append(product.id)
        self._typed: dict[str, float] = {}

    def problem(self, case: Case) -> str:
        """An entry that the shop does not have cannot be found in it."""
        return "" if _key(case.text) in self._products else "entry not in the shop"

    def judge(self, subject: Subject) -> Judgement:
        """Recall at several depths, of readings and of hits."""
        text, trace = subject.text, subject.trace
        forms = entry_forms(text)
        heard = [names_entry(h.text, forms) for h in trace.heard.hypotheses]
        corrected = [names_entry(h.text, forms) for h in trace.corrected.hypotheses]
        relevant = frozenset(self._products[_key(text)])
        hits = [hit.product_id in relevant for hit in trace.hits]
        measures = {
            **_recalls("recall", corrected),
            **_recalls("heard_recall", heard),
            **_recalls("hit_recall", hits),
        }
        rungs = {
            "first reading": measures["heard_recall_at_1"],
            "corrected": measures["recall_at_1"],
            "best reading": float(any([*heard, *corrected])),
            "first hit": measures["hit_recall_at_1"],
            "true text": self._found_typed(text, relevant),
        }
        return Judgement(
            measures=measures,
            counts=self._hard(subject, forms, measures["recall_at_1"]),
            rungs={name: (share, 1.0) for name, share in rungs.items()},
            expected=text,
            given=trace.corrected.text,
            slices={"rarity": rarity_slice(len(relevant))},
            confusions=sound_confusions(text, trace.corrected.text),
        )

    def _hard(self, subject: Subject, forms: Forms, found: float) -> dict[str, tuple[float, float]]:
        """Recall over the names that the unbiased recogniser misses."""
        if subject.key not in self._unbiased:
            return {}
        hard = float(not names_entry(self._unbiased[subject.key], forms))
        return {"hard_recall_at_1": (found * hard, hard)}

    def _found_typed(self, text: str, relevant: frozenset[str]) -> float:
        if text not in self._typed:
            hits = self._search.type(text).hits
            self._typed[text] = float(bool(hits) and hits[0].product_id in relevant)
        return self._typed[text]


def _recalls(name: str, named: Sequence[bool]) -> dict[str, float]:
    return {f"{name}_at_{depth}": float(any(named[:depth])) for depth in DEPTHS}


def _key(name: str) -> str:
    return " ".join(mixed_tokens(name))


def _names(product: Product) -> Iterator[str]:
    """Everything of a product that a manifest may name, in every script; each once."""
    texts: Iterable[str] = (
        product.id,
        product.title,
        product.brand,
        *product.category,
        *(value for values in product.attributes.values() for value in values),
        *(text for texts in product.translations.values() for text in texts),
    )
    yield from dict.fromkeys(text for text in texts if text)
