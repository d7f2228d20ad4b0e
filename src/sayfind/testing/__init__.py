"""For those who bring a stage of their own: what it must do, and small stand-ins for the others.

A suite is a class of tests for one protocol of ``sayfind.stages``. Subclass it under a name that
pytest collects, say how your stage is made, and run pytest::

    class TestMyRetriever(RetrieverSuite):
        def retriever(self):
            return MyRetriever(PRODUCTS)

        def query(self):
            return Query("red shoes", terms="red shoes")

The suites are plain asserts: they need nothing beyond sayfind, and any runner will do.
"""

from __future__ import annotations

from sayfind.testing.correctors import CorrectorSuite
from sayfind.testing.engines import EngineSuite
from sayfind.testing.fakes import (
    FakeCorrector,
    FakeLanguageModel,
    FakeRecognizer,
    FakeRecommender,
    FakeRetriever,
    FakeUnderstander,
    FakeVoiceActivityDetector,
)
from sayfind.testing.language_models import LanguageModelSuite
from sayfind.testing.recognizers import RecognizerSuite
from sayfind.testing.recommenders import RecommenderSuite
from sayfind.testing.retrievers import RetrieverSuite
from sayfind.testing.streaming_recognizers import StreamingRecognizerSuite
from sayfind.testing.understanders import UnderstanderSuite
from sayfind.testing.voice_activity import VoiceActivityDetectorSuite

__all__ = [
    "CorrectorSuite",
    "EngineSuite",
    "FakeCorrector",
    "FakeLanguageModel",
    "FakeRecognizer",
    "FakeRecommender",
    "FakeRetriever",
    "FakeUnderstander",
    "FakeVoiceActivityDetector",
    "LanguageModelSuite",
    "RecognizerSuite",
    "RecommenderSuite",
    "RetrieverSuite",
    "StreamingRecognizerSuite",
    "UnderstanderSuite",
    "VoiceActivityDetectorSuite",
]
