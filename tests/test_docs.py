"""The documentation is whole and up to date: names, settings, errors, verbs, pages, links."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sayfind
import sayfind.client
import sayfind.errors
import sayfind.stages
import sayfind.testing
from sayfind.cli.main import make_parser
from sayfind.errors import SayfindError

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SETTING = re.compile(r"^`(sayfind\.[\w.]+)\.(\w+)`$", re.MULTILINE)
PROSE = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def verbs() -> dict[str, argparse.ArgumentParser]:
    actions = make_parser()._actions
    (found,) = [action for action in actions if isinstance(action, argparse._SubParsersAction)]
    return dict(found.choices)


def test_the_generated_pages_are_up_to_date() -> None:
    script = ROOT / "scripts" / "make_reference.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", [sayfind, sayfind.client, sayfind.stages, sayfind.testing])
def test_every_public_name_is_documented(module: object) -> None:
    text = page("python.md")
    names = module.__all__  # type: ignore[attr-defined]
    assert names == sorted(names)
    bare = [name for name in names if not inspect.getdoc(getattr(module, name))]
    missing = [name for name in names if f"### {name}\n" not in text]
    assert (bare, missing) == ([], [])


def test_every_error_is_documented() -> None:
    text = page("errors.md")
    kinds = [
        kind
        for kind in vars(sayfind.errors).values()
        if inspect.isclass(kind) and issubclass(kind, SayfindError)
    ]
    assert len(kinds) >= 13
    for kind in kinds:
        (row,) = re.findall(rf"^\| `{kind.__name__}` \|.*$", text, re.MULTILINE)
        assert row.endswith(f"| {kind.status} | {kind.exit_code} |")
        drawn = re.findall(rf"\b{kind.__name__}\b", sayfind.errors.__doc__ or "")
        assert len(drawn) == 1, f"{kind.__name__} is drawn once in the tree"


def test_every_setting_is_documented() -> None:
    text = page("config.md")
    found = SETTING.findall(text)
    assert {name for _, name in found} >= {"LoadOptions", "ServingConfig", "LexicalConfig"}
    bare = []
    for module, name in found:
        settings = getattr(importlib.import_module(module), name)
        section = text[text.index(f"`{module}.{name}`") :].split("\n## ")[0]
        fields = [field.name for field in dataclasses.fields(settings)]
        bare += [f"{name}.{field}" for field in fields if f"| `{field}` |" not in section]
        if (settings.__doc__ or "").startswith(f"{name}("):
            bare.append(f"{name} has no docstring of its own")
        if module.split(".")[1] in ("catalog", "retrieval", "serving", "understanding", "testing"):
            bare += [f"{name}.{field}" for field in fields if field not in settings.__doc__]
    assert bare == []


def test_every_verb_is_documented_with_an_example() -> None:
    text = page("cli.md")
    (verbs,) = [
        action
        for action in make_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    assert {"index", "hear", "search", "serve"} <= set(verbs.choices)
    for name in verbs.choices:
        section = text[text.index(f"\n## sayfind {name}\n") :].split("\n## ")[1]
        assert f"\nsayfind {name} " in section, f"{name} has no example"


@pytest.mark.parametrize("verb", ["index", "hear", "search", "serve"])
def test_every_option_says_what_it_does(verb: str) -> None:
    (verbs,) = [
        action
        for action in make_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    assert [a.dest for a in verbs.choices[verb]._actions if not a.help] == []


@pytest.mark.parametrize("path", PROSE, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    broken = [
        link
        for link in links
        if not link.startswith(("http", "#", "mailto:"))
        and not (path.parent / link.partition("#")[0]).exists()
    ]
    assert broken == []


def test_the_first_screen_of_the_readme_is_one() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first = text.split("\n## ")[0]
    assert "](docs/images/page.png)" in first
    assert len(first.splitlines()) <= 40
    (example,) = re.findall(r"```python\n(.*?)```", first, re.DOTALL)
    assert len([line for line in example.splitlines() if line.strip()]) <= 8
