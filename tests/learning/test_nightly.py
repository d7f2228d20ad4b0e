from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from sayfind import Shop, VoiceSearch
from sayfind.feedback.log import SqliteEventLog
from sayfind.feedback.rewriter import Rules
from sayfind.feedback.trust import sessions
from sayfind.learning.nightly import (
    Judgement,
    LearningConfig,
    _judges,
    judge,
    learn,
    learn_nightly,
)
from sayfind.learnt import Learnt, behaviour_home, install, undo
from sayfind.recommendation.behaviour import Behaviour
from sayfind.types import FeedbackEvent, Hypothesis, NBest, Session

NOW = 1e6


def _conftest() -> ModuleType:
    spec = importlib.util.spec_from_file_location("nights", Path(__file__).with_name("conftest.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


night = _conftest().night


@pytest.fixture(scope="module")
def search(shop: Shop) -> VoiceSearch:
    return VoiceSearch(shop, Learnt())


def logged(folder: Path, events: list[FeedbackEvent]) -> SqliteEventLog:
    log = SqliteEventLog(folder / "events.sqlite")
    log.append(events)
    return log


def heard(text: str) -> NBest:
    return NBest((Hypothesis(text, {"acoustic": 0.0}),), (1.0,))


def test_a_night_teaches_what_is_misheard(shop: Shop, search: VoiceSearch, tmp_path: Path) -> None:
    log = logged(tmp_path, night(200))
    report = learn_nightly(log, search, tmp_path, NOW)
    log.close()
    assert (report.refusal, report.generation) == ("", 1)
    assert (report.num_sessions, report.num_believed) == (200, 200)
    assert report.after.retention > report.before.retention
    assert report.after.over_correction == 0.0
    taught = VoiceSearch(shop, Learnt.current(tmp_path))
    assert taught.corrector.correct(heard("peg a source"), None)[0].text == "pegasus"
    assert taught.corrector.correct(heard("sony"), None)[0].text == "sony"
    assert taught.type("shoes").hits
    assert taught.recommender.suggest(Session(viewed=("4",)), 2)


def test_a_dry_run_installs_nothing(search: VoiceSearch, tmp_path: Path) -> None:
    log = logged(tmp_path, night(100))
    report = learn_nightly(log, search, tmp_path, NOW, dry_run=True)
    log.close()
    assert report.refusal == "this was a dry run"
    assert Learnt.current(tmp_path) == Learnt()


def test_a_short_log_teaches_nothing_yet(search: VoiceSearch, tmp_path: Path) -> None:
    log = logged(tmp_path, night(10))
    report = learn_nightly(log, search, tmp_path, NOW)
    log.close()
    assert "held-out spoken searches can judge" in report.refusal
    assert report.generation == 0


def test_what_would_do_harm_is_refused(search: VoiceSearch, tmp_path: Path) -> None:
    """Those who teach say that right words are wrong; those who judge are honest, and say no."""
    config = LearningConfig()
    events = night(200, lambda session: not _judges(session, config))
    log = logged(tmp_path, events)
    report = learn_nightly(log, search, tmp_path, NOW, config)
    log.close()
    assert report.num_rules
    assert "over-correction would rise" in report.refusal or "retention" in report.refusal
    assert report.generation == 0 and not (tmp_path / "learnt" / "current").exists()


def test_the_judges_teach_nothing() -> None:
    """Sessions that judge are the same every night, about a fifth of all."""
    names = [f"shopper-{number}" for number in range(1_000)]
    judging = [name for name in names if _judges(name, LearningConfig())]
    assert 120 < len(judging) < 280
    assert judging == [name for name in names if _judges(name, LearningConfig())]


def test_no_worse_is_no_worse_in_each_respect() -> None:
    base = Judgement(0.8, 0.01, 0.5, 100)
    assert base.is_no_worse_than(base) == ""
    assert "retention" in Judgement(0.79, 0.0, 0.9, 100).is_no_worse_than(base)
    assert "over-correction" in Judgement(0.9, 0.02, 0.9, 100).is_no_worse_than(base)
    assert "clicked" in Judgement(0.9, 0.0, 0.4, 100).is_no_worse_than(base)


def test_judging_nothing_is_nothing(search: VoiceSearch) -> None:
    assert judge(Learnt(), {}, search) == Judgement(0.0, 0.0, 0.0, 0)
    assert learn({}, NOW) == Learnt()


def test_tastes_are_factorised_on_request() -> None:
    pytest.importorskip("implicit", reason="implicit is not installed (extra: recommend)")
    learnt = learn(sessions(night(60)), NOW, LearningConfig(factors=2))
    assert learnt.behaviour.factors is not None
    assert learnt.behaviour.factors.vectors.shape == (4, 2)


def test_generations_are_kept_undone_and_outlive_the_shop(tmp_path: Path) -> None:
    home = behaviour_home(tmp_path / "shop")
    assert home == tmp_path / "shop.behaviour"
    for number in range(1, 8):
        installed = install(home, Learnt(rules=Rules(known={"x": number})))
        assert installed.number == number
        assert Learnt.current(home).rules.known == {"x": number}
    kept = sorted(path.name for path in (home / "learnt").iterdir() if path.name.isdecimal())
    assert kept == ["0003", "0004", "0005", "0006", "0007"]
    assert undo(home) == 6
    assert Learnt.current(home).rules.known == {"x": 6}
    assert install(home, Learnt()).number == 8, "a number is not used twice"


def test_undoing_the_first_leads_to_the_shop_as_it_was_built(tmp_path: Path) -> None:
    from sayfind.errors import ModelError

    with pytest.raises(ModelError, match="nothing to undo"):
        undo(tmp_path)
    install(tmp_path, Learnt(behaviour=Behaviour(wanted={"1": 2.0})))
    assert undo(tmp_path) == 0
    assert Learnt.current(tmp_path) == Learnt()
    (tmp_path / "learnt" / "current").write_text("seven")
    with pytest.raises(ModelError, match="cannot be read"):
        Learnt.current(tmp_path)
