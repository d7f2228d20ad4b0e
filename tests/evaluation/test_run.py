"""A run from a plan to figures: kinds, conditions, what is left out, and the same again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sayfind import Audio, Shop, VoiceSearch
from sayfind.audio.file import save_wav
from sayfind.errors import ConfigError, InputError, LanguageError
from sayfind.evaluation.run import Evaluation, evaluate, shop_of
from sayfind.evaluation.run_plan import Kind, Plan

TIMED = ("seconds", "speed", "machine", "commit")  # somebody may commit meanwhile


def untimed(evaluation: Evaluation) -> dict[str, Any]:
    return {key: value for key, value in evaluation.result.items() if key not in TIMED}


def manifest(folder: Path, lines: list[str]) -> Path:
    (folder / "manifest.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def cut_short(path: Path) -> None:
    """A file of the right format that ends before its first sample."""
    save_wav(Audio(np.zeros(1, np.float32), 16_000), path)
    path.write_bytes(path.read_bytes()[:44])


@pytest.fixture
def recorded_copy(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "set"))


@pytest.fixture(scope="module")
def slots_run(recorded: Path, small_feed: Path) -> Evaluation:
    plan = Plan(Kind.SLOTS, recorded, feed=small_feed, noises=("clean", "pink"), snrs=(20.0, 10.0))
    return evaluate(plan)


def test_slots_of_a_feed(slots_run: Evaluation) -> None:
    result = slots_run.result
    assert [(c["noise"], c["snr"]) for c in result["conditions"]] == [
        ("clean", None), ("pink", 20.0), ("pink", 10.0),
    ]  # fmt: skip
    assert all(c["acceptance"]["n"] == 3 for c in result["conditions"])
    values = [c["acceptance"]["value"] for c in result["conditions"]]
    assert result["acceptance"]["value"] == pytest.approx(np.mean(values))
    assert result["acceptance"]["n"] == 3
    assert result["means"][0]["acceptance"]["value"] == pytest.approx(np.mean(values[1:]))
    assert len(result["cases"]) == 9
    # the price is a wish that the manifest does not name: invented
    assert result["cases"][0]["measures"]["acceptance"] == 0.0
    assert result["slot_precision"]["value"] < 1.0


def test_the_ladder_is_in_order_and_ends_with_the_text(slots_run: Evaluation) -> None:
    rungs = {rung["rung"]: rung["value"] for rung in slots_run.result["ladder"]}
    assert list(rungs) == ["first reading", "n-best", "chain", "any reading", "true text"]
    assert rungs["any reading"] >= rungs["chain"] == slots_run.result["acceptance"]["value"]
    costs = {cost["stage"]: cost["difference"] for cost in slots_run.result["costs"]}
    assert costs["choosing among the readings"] == pytest.approx(
        rungs["any reading"] - rungs["chain"]
    )


def test_a_feed_becomes_a_shop_only_for_as_long_as_it_is_needed(
    recorded: Path, small_feed: Path
) -> None:
    with shop_of(Plan(Kind.SLOTS, recorded, feed=small_feed)) as plan:
        assert plan.shop is not None
        folder, opened = plan.shop, Shop.open(plan.shop)
    assert opened.num_products > 100 and not folder.exists()


def test_the_sets_own_utterances_are_the_queries(recorded_copy: Path, small_feed: Path) -> None:
    (recorded_copy / "utterances.txt").write_text("one sony thing\n", encoding="utf-8")
    with shop_of(Plan(Kind.SLOTS, recorded_copy, feed=small_feed)) as plan:
        assert plan.shop is not None
        assert Shop.open(plan.shop).examples == ("one sony thing",)


def test_the_same_seed_gives_the_same_digits(
    slots_run: Evaluation, recorded: Path, small_feed: Path
) -> None:
    again = evaluate(slots_run.plan)
    assert untimed(again) == untimed(slots_run)
    other = evaluate(replace(slots_run.plan, seed=1, noises=("pink",), snrs=(10.0,)))
    first = slots_run.bench.sound(other.records[0].id, other.records[0].condition)
    second = other.bench.sound(other.records[0].id, other.records[0].condition)
    assert not np.array_equal(first.samples, second.samples)


def test_several_processes_give_what_one_gives(
    typed_run: Evaluation, recorded: Path, small_shop: Shop
) -> None:
    parallel = evaluate(replace(typed_run.plan, jobs=2))
    assert untimed(parallel) == untimed(typed_run)
    spoken = Plan(
        Kind.SLOTS, recorded, shop=small_shop.folder, noises=("clean", "pink"), snrs=(10.0,)
    )
    alone, shared = evaluate(spoken), evaluate(replace(spoken, jobs=2))
    assert untimed(alone) == untimed(shared)
    told = [(r.detail, r.confidence, r.judgement) for r in alone.records]
    assert told == [(r.detail, r.confidence, r.judgement) for r in shared.records]


def test_time_and_memory_have_intervals_too(slots_run: Evaluation) -> None:
    speed = slots_run.result["speed"]
    for name in ("latency_p50", "latency_p95", "latency_p99", "real_time_factor"):
        assert 0 < speed[name]["low"] <= speed[name]["value"] <= speed[name]["high"]
        assert speed[name]["n"] == 9
    assert speed["peak_memory_bytes"] > 10_000_000


def test_transcription_without_a_shop(recorded: Path) -> None:
    evaluation = evaluate(Plan(Kind.TRANSCRIPTION, recorded))
    result = evaluation.result
    assert 0.0 < result["wer"]["value"] < 1.5
    assert result["wer"] == result["heard_wer"]
    assert result["oracle_wer"]["value"] <= result["wer"]["value"]
    assert result["confusions"]


def test_a_shops_own_words_are_heard_better(recorded: Path, small_shop: Shop) -> None:
    plain = evaluate(Plan(Kind.TRANSCRIPTION, recorded)).result["wer"]["value"]
    ours = evaluate(Plan(Kind.TRANSCRIPTION, recorded, shop=small_shop.folder)).result
    assert ours["wer"]["value"] < plain
    assert ours["over_correction"]["n"] == 3


def test_spoken_search_retains_what_typing_finds(
    recorded: Path, small_shop: Shop, qrels: Path
) -> None:
    plan = Plan(Kind.SEARCH, recorded, shop=small_shop.folder, qrels=qrels)
    result = evaluate(plan).result
    spoken, typed = result["ndcg_at_10"]["value"], result["typed_ndcg_at_10"]["value"]
    assert result["retention"]["value"] == pytest.approx(spoken / typed)
    rungs = {rung["rung"]: rung["value"] for rung in result["ladder"]}
    assert rungs["true text"] == typed <= rungs["best ranking"] == 1.0


def test_typed_search(typed_run: Evaluation) -> None:
    result = typed_run.result
    assert result["ndcg_at_10"]["n"] == len(result["cases"]) >= 12
    assert 0.5 < result["ndcg_at_10"]["value"] <= 1.0
    assert result["zero_result_rate"]["value"] == 0.0
    assert "retention" not in result and not result["calibration"]


def test_entities(recorded_copy: Path, small_shop: Shop) -> None:
    manifest(
        recorded_copy,
        [
            "path\ttext",
            "sony-headphones.flac\tSony",
            "nike-running-shoes.flac\tNike",
            "black-backpack.flac\tNo Such Brand",
        ],
    )
    result = evaluate(Plan(Kind.ENTITIES, recorded_copy, shop=small_shop.folder)).result
    assert result["recall_at_1"]["value"] == 1.0 and result["recall_at_1"]["n"] == 2
    assert result["hit_recall_at_1"]["value"] == 1.0
    assert result["left_out"]["reasons"] == {"entry not in the shop": 1}
    assert result["left_out"]["named"][0]["name"] == "black-backpack.flac"
    assert "hard_recall_at_1" not in result


def test_names_that_plain_ears_miss_are_hard(
    recorded_copy: Path, small_shop: Shop, tmp_path: Path
) -> None:
    rows = [f"{name}.flac\t{brand}" for name, brand in
            (("sony-headphones", "Sony"), ("nike-running-shoes", "Nike"))]  # fmt: skip
    manifest(recorded_copy, ["path\ttext", *rows])
    plain = tmp_path / "plain"
    heard = evaluate(Plan(Kind.TRANSCRIPTION, recorded_copy), plain)
    texts = {r.id: r.judgement.given.split() for r in heard.records}
    words = {word for read in texts.values() for word in read}
    hard = [name for name in ("sony", "nike") if name not in words]
    plan = Plan(Kind.ENTITIES, recorded_copy, shop=small_shop.folder, unbiased=plain)
    result = evaluate(plan).result
    assert result["recall_at_1"]["value"] == 1.0
    figure = result["hard_recall_at_1"]
    assert (figure["value"] == 1.0) if hard else (figure["value"] is None)
    with pytest.raises(InputError, match=r"cases\.jsonl"):
        evaluate(replace(plan, unbiased=tmp_path / "gone"))


def test_what_cannot_be_used_is_named_and_counted(
    recorded_copy: Path, small_shop: Shop, qrels: Path, tmp_path: Path
) -> None:
    text = "sony noise cancelling headphones"
    manifest(
        recorded_copy,
        [
            "id\tpath\tquery\tseconds",
            f"good\tsony-headphones.flac\t{text}\t",
            f"good\tsony-headphones.flac\t{text}\t",
            f"gone\tgone.flac\t{text}\t",
            "empty\tsony-headphones.flac\t\t",
            f"long\tsony-headphones.flac\t{text}\t4000",
            "unjudged\tblack-backpack.flac\tsomething else\t",
        ],
    )
    judged = tmp_path / "qrels.tsv"
    judged.write_text(
        qrels.read_text(encoding="utf-8") + f"{text}\tNO-SUCH\t3\n{text}\tSF-0001\tgood\n",
        encoding="utf-8",
    )
    plan = Plan(Kind.SEARCH, recorded_copy, shop=small_shop.folder, qrels=judged)
    left_out = evaluate(plan).result["left_out"]
    assert left_out["count"] == 7
    assert {item["name"] for item in left_out["named"]} == {
        "good", "gone", "empty", "long", "unjudged", "NO-SUCH", "SF-0001",
    }  # fmt: skip
    assert left_out["reasons"]["judged product not in the shop"] == 1


def test_a_clip_that_gives_no_answer_is_a_wrong_one(recorded_copy: Path, small_shop: Shop) -> None:
    class Refusing(VoiceSearch):
        def hear(self, audio, context=None):
            if audio.seconds > 3:
                raise LanguageError("This sounds like Mandarin.")
            return super().hear(audio, context)

    cut_short(recorded_copy / "black-backpack.flac")
    plan = Plan(Kind.TRANSCRIPTION, recorded_copy, shop=small_shop.folder)
    result = evaluate(plan, factory=Refusing).result
    assert result["failed"]["reasons"] == {"AudioError": 1, "LanguageError": 1}
    assert result["wer"]["n"] == 3
    by_id = {case["id"]: case["counts"]["wer"] for case in result["cases"]}
    assert by_id["nike-running-shoes.flac"] == [9.0, 9.0]
    assert by_id["black-backpack.flac"] == [5.0, 5.0]


def test_an_order_without_wishes_is_not_accepted_without_an_answer(
    recorded_copy: Path, small_shop: Shop
) -> None:
    cut_short(recorded_copy / "sony-headphones.flac")
    manifest(recorded_copy, ["path\tslots", "sony-headphones.flac\t{}"])
    result = evaluate(Plan(Kind.SLOTS, recorded_copy, shop=small_shop.folder)).result
    assert result["acceptance"]["value"] == 0.0 and result["failed"]["count"] == 1


def test_silence_is_heard_as_nothing(tmp_path: Path, small_shop: Shop) -> None:
    save_wav(Audio(np.zeros(16_000, np.float32), 16_000), tmp_path / "a.wav")
    manifest(tmp_path, ["path\ttext", "a.wav\thello"])
    result = evaluate(Plan(Kind.TRANSCRIPTION, tmp_path, shop=small_shop.folder)).result
    assert result["wer"]["value"] == 1.0 and result["failed"]["count"] == 0


def test_a_file_that_is_no_sound_is_left_out(recorded_copy: Path, small_shop: Shop) -> None:
    (recorded_copy / "black-backpack.flac").write_bytes(b"no sound at all")
    plan = Plan(Kind.TRANSCRIPTION, recorded_copy, shop=small_shop.folder, noises=("pink",))
    result = evaluate(plan).result
    assert result["left_out"]["reasons"] == {"unreadable": 1}
    assert result["wer"]["n"] == 2 and len(result["cases"]) == 6
    manifest(recorded_copy, ["path\ttext", "black-backpack.flac\ta black backpack"])
    with pytest.raises(InputError, match="No case is left to evaluate: 1 unreadable"):
        evaluate(plan)


def test_nothing_to_evaluate(tmp_path: Path, small_shop: Shop) -> None:
    manifest(tmp_path, ["path\ttext", "gone.wav\thello"])
    with pytest.raises(InputError, match="No case is left to evaluate: 1 missing file"):
        evaluate(Plan(Kind.TRANSCRIPTION, tmp_path, shop=small_shop.folder))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": Kind.SLOTS, "recordings": Path("x")}, "needs a shop"),
        ({"kind": Kind.SLOTS, "shop": Path("x")}, "needs a set"),
        ({"kind": Kind.SEARCH, "shop": Path("x")}, "needs judgements"),
        ({"kind": Kind.TRANSCRIPTION, "recordings": Path("x"), "snrs": (3.0,)}, "--noise"),
        ({"kind": Kind.TRANSCRIPTION, "recordings": Path("x"), "jobs": 0}, "at least 1"),
        (
            {"kind": Kind.SEARCH, "shop": Path("x"), "qrels": Path("q"), "noises": ("pink",)},
            "no sound",
        ),
    ],
)
def test_a_plan_that_makes_no_sense(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Plan(**settings)


def test_results_are_plain_values(slots_run: Evaluation) -> None:
    text = json.dumps(slots_run.result, allow_nan=False)
    assert json.loads(text)["main"] == "acceptance"
