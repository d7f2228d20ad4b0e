"""``docs/cli.md``: every verb and option, from the parsers themselves."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from reference.markdown import code, table
from sayfind.cli.main import make_parser

__all__ = ["cli_page"]

_INTRODUCTION = """# The command line

Answers go to stdout, progress and complaints to stderr. `--json` makes the answer one JSON value.
A complaint is one sentence, and the exit code says of what kind it is (see [errors](errors.md))."""


def cli_page() -> str:
    """The page."""
    parser = make_parser()
    parts = [_INTRODUCTION, _options(parser)]
    for name, summary, verb in _verbs(parser):
        parts += list(_section(verb, f"sayfind {name}", summary, level=2))
    return "\n\n".join(part for part in parts if part) + "\n"


def _verbs(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, verb in action.choices.items():
                yield name, helps.get(name, ""), verb


def _section(
    parser: argparse.ArgumentParser, title: str, summary: str, level: int
) -> Iterator[str]:
    yield f"{'#' * level} {title}"
    text = parser.description or f"{summary[:1].upper()}{summary[1:]}."
    yield " ".join(text.split())
    yield _options(parser)
    if parser.epilog:
        heading, _, examples = parser.epilog.partition("\n")
        yield f"```sh\n{_unindented(examples)}\n```" if "example" in heading else parser.epilog
    for name, inner_summary, verb in _verbs(parser):
        yield from _section(verb, f"{title} {name}", inner_summary, level + 1)


def _unindented(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def _options(parser: argparse.ArgumentParser) -> str:
    rows = [
        [code(_written(action)), _meaning(action)]
        for action in parser._actions
        if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction)
    ]
    return table(["argument", "what"], rows) if rows else ""


def _written(action: argparse.Action) -> str:
    metavar = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
    value = " ".join(metavar) if isinstance(metavar, tuple) else metavar
    if action.choices is not None and action.metavar is None:
        value = "|".join(map(str, action.choices))
    if not action.option_strings:
        return value
    return f"{', '.join(action.option_strings)} {value}".strip()


def _meaning(action: argparse.Action) -> str:
    text = action.help or ""
    shown = action.default not in (None, False, argparse.SUPPRESS, "") and action.default != []
    if shown and action.option_strings:
        text += f" (default {_shown(action.default)})"
    return text.replace("|", "\\|")


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)
