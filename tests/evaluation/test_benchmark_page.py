"""The table that ``make bench`` writes into the documentation."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from sayfind.evaluation.run import Evaluation

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def quick() -> ModuleType:
    spec = importlib.util.spec_from_file_location("quick", ROOT / "benchmarks" / "quick.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["quick"] = module  # where its dataclasses look their annotations up
    spec.loader.exec_module(module)
    return module


def test_only_what_is_between_the_markers_changes(quick: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    page.write_text("# R\n\n<!-- a: begin -->\nold\n<!-- a: end -->\n\nlast\n", encoding="utf-8")
    quick.write_section(page, "a", "new")
    quick.write_section(page, "b", "other")
    quick.write_section(page, "a", "newer")
    assert page.read_text(encoding="utf-8") == (
        "# R\n\n<!-- a: begin -->\nnewer\n<!-- a: end -->\n\nlast\n"
        "\n<!-- b: begin -->\nother\n<!-- b: end -->\n"
    )


def test_a_section_holds_every_figure_and_the_weakest_stage(
    quick: ModuleType, typed_run: Evaluation
) -> None:
    row = quick.Row("demo, typed", "typed", ())
    text = quick.page_section([row], [typed_run.result], "bench", 3.2, 2)
    value = typed_run.result["ndcg_at_10"]["value"]
    assert f"| demo, typed | keyboard | nDCG@10 | {value:.3f} [" in text
    best = typed_run.result["ladder"][-1]
    assert best["rung"] == "best ranking"
    assert f"] | {best['value']:.3f} | " in text
    (cost,) = typed_run.result["costs"]
    assert f"| demo, typed | **{cost['stage']}** | {cost['difference']:+.3f} [" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {8, 5}


def test_each_figure_has_its_limit(quick: ModuleType) -> None:
    ladder = [{"rung": "true text", "value": 0.9}, {"rung": "best ranking", "value": 0.8}]
    spoken = {"typed_ndcg_at_10": {"value": 0.6}}
    assert quick.limit("ndcg_at_10", spoken, {"ladder": ladder}) == 0.6
    assert quick.limit("ndcg_at_10", {}, {"ladder": ladder}) == 0.8
    assert quick.limit("retention", spoken, {"ladder": ladder}) == 1.0
    assert quick.limit("acceptance", {}, {"ladder": ladder}) == 0.9
    assert quick.limit("acceptance", {}, {"ladder": []}) == 1.0
    silent = {"ladder": [], "lower_is_better": True}
    assert quick.limit("false_activations_per_30_minutes", {}, silent) == 0.0


def test_only_reports_of_a_size_to_commit_are_published(quick: ModuleType, tmp_path: Path) -> None:
    rows = [quick.Row("orders", "orders", ())]
    report = tmp_path / "out" / "orders" / "report.html"
    report.parent.mkdir(parents=True)
    report.write_text("<html>", encoding="utf-8")
    (tmp_path / "out" / "results.json").write_text("[]", encoding="utf-8")
    quick.publish(tmp_path / "out", rows, tmp_path / "docs")
    assert {path.name for path in (tmp_path / "docs").iterdir()} == {"results.json", "orders.html"}
    report.write_text("x" * (quick.MOST_BYTES + 1), encoding="utf-8")
    with pytest.raises(SystemExit, match="too large"):
        quick.publish(tmp_path / "out", rows, tmp_path / "docs")


def test_the_page_has_a_place_for_both_benchmarks() -> None:
    page = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    for name in ("bench", "bench-full"):
        assert page.count(f"<!-- {name}: begin -->") == page.count(f"<!-- {name}: end -->") == 1


def test_every_row_is_a_command_that_can_be_read(quick: ModuleType) -> None:
    from sayfind.cli.main import make_parser

    rows = [row for make in (quick.quick_rows, quick.full_rows) for row in make(ROOT, ROOT)]
    for row in rows:
        options = make_parser().parse_args(["evaluate", *row.words])
        assert options.kind in ("slots", "search", "activation")
    assert len({row.title for row in rows}) == 6
