"""Facts as RDF in Turtle and back, by rdflib: the one place that imports it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from sayfind.errors import InputError, require
from sayfind.understanding.knowledge.graph import Fact, Relation

__all__ = ["NAMESPACE", "facts_of_turtle", "turtle"]

NAMESPACE = "urn:sayfind:"
"""Nodes are ``urn:sayfind:KIND:NAME`` (percent-encoded), relations ``urn:sayfind:RELATION``."""

_TEXTS = (Relation.ALSO, Relation.COSTS)  # whose objects are literals


def turtle(facts: Iterable[Fact]) -> str:
    """The facts in Turtle; a weight other than 1 is a statement about the statement.

    Raises:
        MissingExtraError: rdflib is not installed.
    """
    rdf = require("rdflib", "knowledge")
    graph = rdf.Graph()
    graph.bind("sayfind", NAMESPACE)
    weight = rdf.URIRef(NAMESPACE + "weight")
    for fact in facts:
        triple = (
            _node(rdf, fact.subject),
            rdf.URIRef(NAMESPACE + fact.relation),
            rdf.Literal(fact.object) if fact.relation in _TEXTS else _node(rdf, fact.object),
        )
        graph.add(triple)
        if fact.weight != 1.0:
            about = rdf.URIRef(NAMESPACE + "fact:" + quote(str(fact).rpartition("\t")[0], safe=""))
            parts = (rdf.RDF.subject, rdf.RDF.predicate, rdf.RDF.object)
            for name, value in zip(parts, triple, strict=True):
                graph.add((about, name, value))
            graph.add((about, weight, rdf.Literal(fact.weight)))
    return str(graph.serialize(format="turtle"))


def facts_of_turtle(path: Path) -> list[Fact]:
    """The facts of ours in a Turtle file; other statements in it are let be.

    Raises:
        InputError: it cannot be read, or is no Turtle.
        MissingExtraError: rdflib is not installed.
    """
    rdf = require("rdflib", "knowledge")
    try:
        graph = rdf.Graph().parse(data=path.read_text(encoding="utf-8"), format="turtle")
    except Exception as error:  # rdflib's parsers raise errors of many kinds
        raise InputError(f"{path} is no readable Turtle; check it with an RDF tool.") from error
    parts = (rdf.RDF.subject, rdf.RDF.predicate, rdf.RDF.object)
    weights = {
        tuple(graph.value(about, part) for part in parts): float(value)
        for about, value in graph.subject_objects(rdf.URIRef(NAMESPACE + "weight"))
    }
    known = {rdf.URIRef(NAMESPACE + relation): relation for relation in Relation}
    return sorted(
        (
            Fact(_name(s), known[p], _name(o), weights.get((s, p, o), 1.0))
            for s, p, o in graph
            if p in known
        ),
        key=str,
    )


def _node(rdf: Any, node: str) -> Any:
    kind, _, name = node.partition(":")
    return rdf.URIRef(f"{NAMESPACE}{kind}:{quote(name, safe='')}")


def _name(term: Any) -> str:
    text = str(term)
    return unquote(text.removeprefix(NAMESPACE)) if text.startswith(NAMESPACE) else text
