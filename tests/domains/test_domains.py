"""The four domains, and a fifth that somebody adds without a line of code."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from sayfind import VoiceSearch
from sayfind.cli.main import main
from sayfind.domains import NAMES, Domain
from sayfind.errors import ConfigError
from sayfind.types import Context
from sayfind.understanding.grammar import Grammar

ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "said.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_domain_does_what_it_is_told(name: str, tmp_path: Path) -> None:
    search = VoiceSearch(Domain.open(name).build(tmp_path / "shop"))
    state, wrong = None, []
    for _, said, intent, title, reply in [row for row in ROWS if row[0] == name]:
        context = Context(state=state if said.startswith("+") else None)
        trace = search.type(said.removeprefix("+"), context)
        state = trace.state
        own = trace.query.intent.name if trace.query.intent else ""
        own = own if search.grammar.rule(own) else ""
        first = search.shop.product(trace.hits[0].product_id).title if trace.hits else ""
        if (own, first, " ".join(trace.notes)) != (intent, title, reply):
            wrong.append((said, own, first, trace.notes))
    assert not wrong


@pytest.mark.parametrize("name", NAMES)
def test_a_domain_speaks_both_languages(name: str) -> None:
    domain = Domain.open(name)
    with domain.catalog.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) >= 16 and all(row["title"] and row["title_zh"] for row in rows)
    grammar = Grammar.parse(domain.lore().intents)
    assert grammar.rules and domain.lore().facts
    assert all(rule.answers["en"] and rule.answers["zh"] for rule in grammar.rules)
    queries = domain.queries()
    assert any(q.isascii() for q in queries) and not all(q.isascii() for q in queries)


@pytest.mark.slow
def test_a_fifth_domain_needs_no_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "catalog.tsv").write_text(
        "id\ttitle\ttitle_zh\tcategory\n"
        "b1\tMoby Dick\t白鲸\tNovels\n"
        "b2\tWar and Peace\t战争与和平\tNovels\n",
        encoding="utf-8",
    )
    (folder / "intents.toml").write_text(
        '[borrow]\nsay = ["(borrow|lend me) {what} for {days:number} days"]\n'
        'answer = "{what} is yours for {days} days."\n',
        encoding="utf-8",
    )
    shop = str(tmp_path / "shop")
    assert main(["index", "--domain", str(folder), "-o", shop]) == 0
    assert main(["search", "lend me war and peace for ten days", "--shop", shop]) == 0
    assert "War and Peace is yours for 10 days." in capsys.readouterr().out
    assert main(["search", "白鲸", "--domain", str(folder)]) == 0
    assert "Moby Dick" in capsys.readouterr().out


def test_what_is_no_domain_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="home, navigation, service, shop"):
        Domain.open(tmp_path)
    (tmp_path / "catalog.tsv").write_text("id\ttitle\n1\tx\n", encoding="utf-8")
    (tmp_path / "intents.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="UTF-8"):
        Domain.open(tmp_path).lore()
    assert main(["index", "-o", str(tmp_path / "shop")]) == 3
