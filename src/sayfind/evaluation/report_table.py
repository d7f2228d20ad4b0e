"""Plain-text tables of results, for a terminal and for Markdown files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sayfind.evaluation.compare import Changes
from sayfind.evaluation.run_plan import short_noise

__all__ = ["changes_table", "columns_of", "condition_label", "conditions_table", "figure_text"]

FIRST = {
    "slots": ("acceptance", "slot_precision", "slot_recall", "correction_harm"),
    "search": ("ndcg_at_10", "retention", "typed_ndcg_at_10", "mrr", "recall_at_10", "wer",
               "over_correction", "zero_result_rate"),
    "transcription": ("wer", "heard_wer", "oracle_wer", "cer", "mer", "sentence_accuracy",
                      "over_correction"),
    "entities": ("recall_at_1", "hard_recall_at_1", "recall_at_5", "recall_at_10",
                 "heard_recall_at_1", "hit_recall_at_1", "hit_recall_at_10"),
    "activation": ("false_activations_per_30_minutes", "speech_detections_per_30_minutes",
                   "activated_share"),
}  # fmt: skip


def columns_of(result: Mapping[str, Any]) -> list[str]:
    """The measures of a result that a table shows, the main one first."""
    return [name for name in FIRST[result["kind"]] if name in result]


def condition_label(condition: Mapping[str, Any]) -> str:
    """A condition in words, the mean over levels included."""
    noise, snr = short_noise(condition["noise"]), condition["snr"]
    if snr is None:
        return noise
    if isinstance(snr, list):
        return f"{noise}, mean of {len(snr)} levels"
    return f"{noise} {snr:g} dB"


def figure_text(figure: Mapping[str, Any]) -> str:
    """A figure with its interval: ``0.913 [0.87, 0.95]``."""
    if figure["value"] is None:
        return "–"
    return f"{figure['value']:.3f} [{figure['low']:.2f}, {figure['high']:.2f}]"


def conditions_table(result: Mapping[str, Any]) -> str:
    """One row for each condition and each mean, one column for each measure, then what is left out.

    Cells are padded, so that the table reads well in a terminal and is valid Markdown.
    """
    names = columns_of(result)
    rows = [["condition", *names, "n"]]
    for condition in _rows(result):
        cells = [figure_text(condition[name]) for name in names]
        rows.append([condition_label(condition), *cells, str(condition[names[0]]["n"])])
    return "\n".join(_aligned(rows))


def _rows(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = [*result["conditions"], *result["means"]]
    if len({condition["noise"] for condition in result["conditions"]}) > 1:
        rows.append({**result, "noise": "mean of all conditions", "snr": None})
    return rows


def changes_table(changes: Changes) -> str:
    """One row for each measure: before, after, the difference and whether chance explains it."""
    rows = [["measure", "before", "after", "difference", "p", "p (Holm)", ""]]
    for change in changes.measures:
        difference = change.comparison
        told = f"{difference.difference:+.4f} [{difference.low:+.3f}, {difference.high:+.3f}]"
        verdict = "significant" if change.is_significant else "could be chance"
        same = difference.difference == 0
        rows.append(
            [
                change.measure,
                f"{change.before:.4f}",
                f"{change.after:.4f}",
                "the same" if same else told,
                f"{difference.p:.4f}",
                f"{change.p_holm:.4f}",
                "" if same else verdict,
            ]
        )
    return "\n".join(_aligned(rows))


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]
