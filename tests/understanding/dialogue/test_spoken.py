"""Follow-ups said aloud by a synthetic voice, from the sound to the edited conversation."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from sayfind import Shop, VoiceSearch
from sayfind.data.voices import Voice
from sayfind.types import Context, Range, Trace

VOICES = {"flite:slt": "flite", "espeak:cmn": "espeak-ng"}

# voice -> what is said, and what is asked for afterwards: every wish ("price" is some limit), the
# place of the product that is spoken of
TALKS = {
    "flite:slt": (
        ("running shoes", {"category=Running shoes"}),
        ("in black", {"category=Running shoes", "color=Black"}),
        ("cheaper", {"category=Running shoes", "color=Black", "price"}),
        ("the second one", {"category=Running shoes", "color=Black", "price", "@2"}),
        ("undo", {"category=Running shoes", "color=Black", "price"}),
        ("any colour", {"category=Running shoes", "price"}),
    ),
    "espeak:cmn": (
        ("跑步鞋", {"category=Running shoes"}),
        ("有黑色的吗", {"category=Running shoes", "color=Black"}),
        ("再便宜点", {"category=Running shoes", "color=Black", "price"}),
        ("最后一个", {"category=Running shoes", "color=Black", "price", "@last"}),
        ("还是上一个", {"category=Running shoes", "color=Black", "price"}),
        ("换成白色", {"category=Running shoes", "color=White", "price"}),
    ),
}


@pytest.fixture(scope="module")
def search(
    demo_brands: Callable[[Collection[str]], Path], tmp_path_factory: pytest.TempPathFactory
) -> VoiceSearch:
    feed = demo_brands(("Nike", "Adidas", "Asics", "Sony"))
    return VoiceSearch(Shop.build(feed, tmp_path_factory.mktemp("talk") / "shop")[0])


def asked(trace: Trace, before: Trace | None) -> set[str]:
    """What the conversation asks for, in the words of the table."""
    now = trace.state.now
    parts = {
        "price" if isinstance(wish.value, Range) else f"{wish.field}={wish.value}"
        for wish in now.constraints
    }
    if now.focus and before is not None:
        shown = before.state.now.shown
        parts.add("@last" if now.focus == shown[-1] else f"@{shown.index(now.focus) + 1}")
    return parts


@pytest.mark.parametrize("voice", TALKS)
def test_what_is_said_next_is_heard_and_edits_the_conversation(
    voice: str, search: VoiceSearch
) -> None:
    if not shutil.which(VOICES[voice]):
        pytest.skip(f"needs {VOICES[voice]}")
    before: Trace | None = None
    for text, wanted in TALKS[voice]:
        context = Context(state=before.state if before else None)
        trace = search.hear(Voice.parse(voice).say(text), context)
        assert asked(trace, before) == wanted, (text, trace.heard.text)
        before = trace
