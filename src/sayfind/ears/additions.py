"""Ears that hear words which came into a shop after it was built, until it is built again.

A new word gets its pronunciation as at a build, and a known word whose place it takes in the
language model (``lm.stand_ins``). Ears are values: those in use stay as they are, but that
pocketsphinx's decoders, which all ears of a shop share, know the new words from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy

from sayfind.catalog.lexicon import build_lexicon
from sayfind.catalog.mandarin_requests import mandarin_lexicon, mandarin_words
from sayfind.catalog.product import Product
from sayfind.catalog.speakable import Speaker
from sayfind.ears.bilingual import BilingualEars
from sayfind.ears.joined import JoinedEars
from sayfind.ears.own import OwnEars
from sayfind.lm.stand_ins import stand_ins, with_words
from sayfind.text.normalise import has_han
from sayfind.text.phonetics import Phones

__all__ = ["said_of", "with_sentences"]

Sentences = Sequence[Sequence[str]]
Lexicon = Mapping[str, tuple[Phones, ...]]


def said_of(products: Iterable[Product]) -> tuple[list[list[str]], list[tuple[str, ...]]]:
    """What is said of products in English and in Mandarin: titles, brands, categories, as words."""
    speaker = Speaker()
    english: list[list[str]] = []
    mandarin: list[tuple[str, ...]] = []
    for product in products:
        names = [*product.titles, product.brand, *product.category]
        names += product.translations.get("brand", ())
        for name in names:
            if has_han(name):
                mandarin.append(mandarin_words(name))
            else:
                english += [spoken.split() for spoken in speaker.say(name)]
    return english, mandarin


def with_sentences(ears: BilingualEars, english: Sentences, mandarin: Sentences) -> BilingualEars:
    """The ears with all words of some sentences, as they are spoken; ears of one language stay so.

    Raises:
        ModelError: pocketsphinx refuses a word.
    """
    again = copy(ears)
    if ears.english is not None:
        again.english = _joined(ears.english, english)
    if ears.mandarin is not None:
        lexicon = mandarin_lexicon(_new(ears.mandarin, mandarin))
        again.mandarin = _own(ears.mandarin, mandarin, lexicon)
    return again


def _joined(ears: JoinedEars, sentences: Sentences) -> JoinedEars:
    lexicon = build_lexicon(_new(ears.own, sentences))
    if not lexicon:
        return ears
    again = copy(ears)
    again.own = _own(ears.own, sentences, lexicon)
    for recognizer in {ears.first, ears.in_noise}:
        recognizer.add_words(lexicon)
    return again


def _new(ears: OwnEars, sentences: Sentences) -> Iterable[str]:
    return {word for words in sentences for word in words}.difference(ears.lexicon)


def _own(ears: OwnEars, sentences: Sentences, lexicon: Lexicon) -> OwnEars:
    if not lexicon:
        return ears
    model = ears.model
    if model is not None:
        known = stand_ins(model, sentences)
        model = with_words(model, {word: known[word] for word in lexicon if word in known})
    words = {**ears.lexicon, **lexicon}
    return OwnEars(words, model, ears.acoustic, ears.config, ears.join)
