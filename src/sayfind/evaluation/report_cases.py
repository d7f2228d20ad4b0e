"""The worst cases of a run, each with its sound, what was heard, and what was made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from sayfind.errors import InputError
from sayfind.evaluation.report_sound import data_url
from sayfind.evaluation.run_bench import Bench
from sayfind.evaluation.run_judge import Judge
from sayfind.evaluation.run_plan import Kind
from sayfind.evaluation.run_record import CaseRecord

__all__ = ["case_cards", "worst_cases"]

NO_ROOM = '<p class="soft">Its sound is left out, to keep this page small.</p>'
MOST_SOUND = 600_000  # bytes of sound in a page: the worst cases have theirs, as far as it goes


def worst_cases(records: Sequence[CaseRecord], judge: Judge, most: int = 50) -> list[CaseRecord]:
    """The cases that are furthest from right, the surest of them first; none that is right."""
    wrong = [(score, record) for record in records if (score := _score(record, judge))[0] > 0]
    wrong.sort(key=lambda pair: (-pair[0][0], -pair[0][1], pair[1].id, pair[1].condition.label))
    return [record for _, record in wrong[:most]]


def case_cards(records: Sequence[CaseRecord], bench: Bench, *, sound: bool = True) -> str:
    """A folded card for each case, with its sound as long as the page does not grow too large."""
    cards, room = [], MOST_SOUND
    for record in records:
        player = _player(record, bench) if sound else ""
        room -= len(player)
        cards.append(_card(record, bench, player if room >= 0 else NO_ROOM))
    return "\n".join(cards)


def _score(record: CaseRecord, judge: Judge) -> tuple[float, float]:
    """(how wrong, how sure)."""
    return _loss(record, judge), record.confidence


def _loss(record: CaseRecord, judge: Judge) -> float:
    """How far from right, or for spoken search from what typing finds."""
    if "retention" in record.judgement.counts:
        spoken, typed = record.judgement.counts["retention"]
        return typed - spoken
    value = _main(record, judge)
    return value if judge.lower_is_better else 1.0 - value


def _main(record: CaseRecord, judge: Judge) -> float:
    judgement = record.judgement
    if judge.main in judgement.measures:
        return judgement.measures[judge.main]
    above, below = judgement.counts.get(judge.main, (0.0, 1.0))
    return above / below if below else 0.0


def _card(record: CaseRecord, bench: Bench, player: str) -> str:
    detail, judgement = record.detail, record.judgement
    is_slots = bench.plan.kind is Kind.SLOTS
    rows = [("expected", escape(judgement.expected or "(nothing)"))]
    if record.failure:
        rows.append(("no answer", f'<span class="missed">{escape(record.failure)}</span>'))
    given = _given(judgement.expected, judgement.given) if is_slots else escape(judgement.given)
    rows.append(("given", given or '<span class="missed">(nothing)</span>'))
    missing = _missing(judgement.expected, judgement.given)
    if missing and is_slots:
        rows.append(("missing", f'<span class="missed">{escape(missing)}</span>'))
    rows.append(("heard", _readings(detail.get("heard", ()))))
    if detail.get("corrected") != detail.get("heard"):
        rows.append(("corrected", _readings(detail.get("corrected", ()))))
    if detail.get("changes"):
        rows.append(("correction", _changes(detail["changes"])))
    if detail.get("wishes"):
        rows.append(("wishes", _wishes(detail["wishes"])))
    if detail.get("notes"):
        rows.append(("notes", escape("; ".join(detail["notes"]))))
    rows.append(("case", f"<code>{escape(record.id)}</code>, {record.audio:.1f} s"))
    terms = "".join(f"<dt>{name}</dt><dd>{told}</dd>" for name, told in rows)
    return (
        f'<details><summary><span class="score">{_main(record, bench.judge):.2f}</span>'
        f"<span>{escape(_short(judgement.expected or '(nothing)', 90))}</span>"
        f'<span class="where">{escape(record.condition.label)}</span></summary>'
        f'<div class="case">{player}<dl>{terms}</dl></div></details>'
    )


def _player(record: CaseRecord, bench: Bench) -> str:
    if bench.plan.recordings is None:
        return ""
    try:
        url = data_url(bench.sound(record.id, record.condition))
    except InputError as error:
        return f'<p class="missed">{escape(str(error))}</p>'
    return f'<audio controls preload="none" src="{url}"></audio>'


def _given(expected: str, given: str) -> str:
    """What was given, with the parts of a list that were not expected marked."""
    wanted = set(expected.split(", "))
    parts = [
        f'<span class="{"kept" if part in wanted else "missed"}">{escape(part)}</span>'
        for part in given.split(", ")
        if part
    ]
    return ", ".join(parts)


def _missing(expected: str, given: str) -> str:
    """The parts of a list that were expected and not given."""
    found = set(given.split(", "))
    return ", ".join(part for part in expected.split(", ") if part and part not in found)


def _readings(readings: Sequence[Sequence[Any]]) -> str:
    if not readings:
        return '<span class="missed">(nothing)</span>'
    items = [
        f'<li><span class="share">{share:.3f}</span>{escape(text)}</li>' for text, share in readings
    ]
    return f"<ol>{''.join(items)}</ol>"


def _changes(changes: Sequence[Mapping[str, Any]]) -> str:
    items = []
    for change in changes:
        verdict = "kept" if change["accepted"] else "missed"
        word = "made" if change["accepted"] else "refused"
        items.append(
            f'<li><span class="{verdict}">{word}</span>: {escape(change["before"])} → '
            f'{escape(change["after"])} <span class="soft">({escape(change["reason"])})</span></li>'
        )
    return f"<ol>{''.join(items)}</ol>"


def _wishes(wishes: Sequence[Sequence[Any]]) -> str:
    items = [
        f'<li><span class="share">{sure:.2f}</span>{escape(name)}: {escape(value)}</li>'
        for name, value, sure in wishes
    ]
    return f"<ol>{''.join(items)}</ol>"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
