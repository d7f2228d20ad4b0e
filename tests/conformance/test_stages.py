"""Every stage of ours, and every stand-in, keeps what its protocol promises."""

from __future__ import annotations

from typing import Any

import pytest

from sayfind import Shop
from sayfind.acoustic.sphinx import SphinxRecognizer
from sayfind.audio.vad import SileroVad
from sayfind.correction.phonetic import PhoneticCorrector
from sayfind.correctors import open_corrector
from sayfind.ears import open_english
from sayfind.lm.ngram import estimate
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.stages import (
    Corrector,
    LanguageModel,
    Recognizer,
    Recommender,
    Retriever,
    Understander,
    VoiceActivityDetector,
)
from sayfind.testing import (
    CorrectorSuite,
    FakeCorrector,
    FakeLanguageModel,
    FakeRecognizer,
    FakeRecommender,
    FakeRetriever,
    FakeUnderstander,
    FakeVoiceActivityDetector,
    LanguageModelSuite,
    RecognizerSuite,
    RecommenderSuite,
    RetrieverSuite,
    UnderstanderSuite,
    VoiceActivityDetectorSuite,
)
from sayfind.types import Constraint, Query, Session
from sayfind.understanding.constraints import ConstraintUnderstander

TITLES = {"1": "red shoes", "2": "blue shoes", "3": "green hat"}


class OverShop:
    """A suite's test class that finds the small shop as ``self.shop``."""

    shop: Shop

    @pytest.fixture(autouse=True)
    def _shop(self, shop: Shop) -> None:
        self.shop = shop


class TestSileroVad(VoiceActivityDetectorSuite):
    def detector(self) -> VoiceActivityDetector:
        return SileroVad()


class TestFakeVoiceActivityDetector(VoiceActivityDetectorSuite):
    def detector(self) -> VoiceActivityDetector:
        return FakeVoiceActivityDetector()


class TestSphinxRecognizer(OverShop, RecognizerSuite):
    def recognizer(self) -> Recognizer:
        return SphinxRecognizer(self.shop.dictionary, self.shop.arpa)


class TestOwnEars(OverShop, RecognizerSuite):
    def recognizer(self) -> Recognizer:
        return open_english(self.shop.dictionary).own


class TestJoinedEars(OverShop, RecognizerSuite):
    def recognizer(self) -> Recognizer:
        return open_english(self.shop.dictionary)


class TestFakeRecognizer(RecognizerSuite):
    def recognizer(self) -> Recognizer:
        return FakeRecognizer(["red shoes", "red shows"])


class TestPhoneticCorrector(OverShop, CorrectorSuite):
    def corrector(self) -> Corrector:
        return PhoneticCorrector.open(self.shop.folder / "phonetic")

    def slip(self) -> tuple[str, str]:
        return "addidas shoes", "adidas shoes"

    def right(self) -> tuple[str, ...]:
        return "black nike running shoes", "耐克 跑鞋", "sony headphones under 300"


class TestChain(OverShop, CorrectorSuite):
    def corrector(self) -> Corrector:
        return open_corrector(
            self.shop.folder, LexicalIndex.open(self.shop.folder / "index").postings
        )

    def slip(self) -> tuple[str, str]:
        return "addidas shoes", "adidas shoes"

    def right(self) -> tuple[str, ...]:
        return "black nike running shoes", "耐克 跑鞋", "sony headphones under 300"


class TestFakeCorrector(CorrectorSuite):
    def corrector(self) -> Corrector:
        return FakeCorrector({"shoos": "shoes"})

    def slip(self) -> tuple[str, str]:
        return "red shoos", "red shoes"

    def right(self) -> tuple[str, ...]:
        return ("red shoes",)


class TestConstraintUnderstander(OverShop, UnderstanderSuite):
    def understander(self) -> Understander:
        return ConstraintUnderstander(self.shop.vocabulary)

    def wish(self) -> tuple[str, Constraint]:
        return "nike shoes not black", Constraint("color", "black", negated=True)


class TestFakeUnderstander(UnderstanderSuite):
    def understander(self) -> Understander:
        return FakeUnderstander({"red": Constraint("color", "red")})

    def wish(self) -> tuple[str, Constraint]:
        return "red shoes", Constraint("color", "red")


class TestLexicalIndex(OverShop, RetrieverSuite):
    def retriever(self) -> Retriever:
        return LexicalIndex.open(self.shop.folder / "index")

    def query(self) -> Query:
        return Query("black shoes", terms="black shoes")


class TestFakeRetriever(RetrieverSuite):
    def retriever(self) -> Retriever:
        return FakeRetriever(TITLES)

    def query(self) -> Query:
        return Query("red shoes", terms="red shoes")


class TestFakeRecommender(RecommenderSuite):
    def recommender(self) -> Recommender:
        return FakeRecommender(["1", "2", "3"])

    def session(self) -> Session:
        return Session()


class TestNGram(LanguageModelSuite):
    def model(self) -> LanguageModel[Any]:
        return estimate([(text.split(), 1.0) for text in TITLES.values()], order=3)

    def sentence(self) -> tuple[str, ...]:
        return "red", "shoes"


class TestFakeLanguageModel(LanguageModelSuite):
    def model(self) -> LanguageModel[Any]:
        return FakeLanguageModel(frozenset({"red", "shoes"}))

    def sentence(self) -> tuple[str, ...]:
        return "red", "shoes"
