"""What a shop knows about its own things: a small graph, and rules that infer from it."""

from __future__ import annotations

from sayfind.understanding.knowledge.build import graph_of
from sayfind.understanding.knowledge.graph import Fact, Graph, Relation, read_facts
from sayfind.understanding.knowledge.infer import Knowledge

__all__ = ["Fact", "Graph", "Knowledge", "Relation", "graph_of", "read_facts"]
