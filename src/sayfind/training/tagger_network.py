"""The network of the tagger (``understanding/tagging.py``), and how it is written as ONNX.

Tokens are sums of hashed embeddings; a bidirectional GRU reads them; each token gets a tag, and
the whole an intent from the largest state and the mean token. Batches hold texts of one length,
so nothing is padded and the network in training is the one that runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sayfind.errors import require
from sayfind.training.export import Graph
from sayfind.understanding.tagging import NUM_FEATURES

__all__ = ["TaggerShape", "tagger_network", "tagger_onnx"]


@dataclass(frozen=True, slots=True)
class TaggerShape:
    """How large a tagger is; ``buckets`` hashed features, each ``width`` numbers.

    ``drop`` is the share that dropout takes away, ``drop_features`` the share of features that
    are hidden in training, so that no one piece of a word is relied on.
    """

    buckets: int = 1 << 15
    width: int = 48
    hidden: int = 80
    drop: float = 0.4
    drop_features: float = 0.2

    def __post_init__(self) -> None:
        if min(self.buckets, self.width, self.hidden) < 2:
            raise ValueError("buckets, width and hidden are at least 2")
        if not (0 <= self.drop < 1 and 0 <= self.drop_features < 1):
            raise ValueError("drop and drop_features are shares from 0 to below 1")


def tagger_network(shape: TaggerShape, num_tags: int, num_intents: int) -> Any:
    """``(batch, num_tokens, NUM_FEATURES)`` ids -> log-probabilities of tags and of intents."""
    torch = require("torch", "train")
    nn = torch.nn

    class Network(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.pieces = nn.Embedding(shape.buckets, shape.width, padding_idx=0)
            nn.init.normal_(self.pieces.weight, std=0.1)
            with torch.no_grad():
                self.pieces.weight[0] = 0.0
            self.around = nn.GRU(shape.width, shape.hidden, batch_first=True, bidirectional=True)
            self.tags = nn.Linear(2 * shape.hidden + shape.width, num_tags)
            self.intents = nn.Linear(2 * shape.hidden + shape.width, num_intents)
            self.drop = nn.Dropout(shape.drop)

        def forward(self, ids: Any) -> tuple[Any, Any]:
            if self.training and shape.drop_features:
                ids = ids * (torch.rand(ids.shape) >= shape.drop_features)
            x = nn.functional.embedding_bag(
                ids.reshape(-1, NUM_FEATURES), self.pieces.weight, mode="sum", padding_idx=0
            ).reshape(*ids.shape[:2], shape.width)
            h = self.around(self.drop(x))[0]
            tags = self.tags(self.drop(torch.cat([h, x], dim=2)))
            whole = torch.cat([h.amax(dim=1), x.mean(dim=1)], dim=1)
            intents = self.intents(self.drop(whole))
            return tags.log_softmax(dim=2), intents.log_softmax(dim=1)

    return Network()


def tagger_onnx(
    members: Sequence[Mapping[str, Any]], tags: Sequence[str], intents: Sequence[str]
) -> bytes:
    """``features (num_tokens, NUM_FEATURES) -> tags (num_tokens, num_tags), intents (1, ...)``.

    ``members`` are the weights of one network or of several, whose log-probabilities are averaged.
    """
    graph = Graph()
    told = [_member(graph, weights) for weights in members]
    outputs: dict[str, tuple[str, list[Any]]] = {
        "tags": (_mean(graph, [each for each, _ in told]), ["num_tokens", len(tags)]),
        "intents": (_mean(graph, [each for _, each in told]), [1, len(intents)]),
    }
    buckets = len(np.asarray(members[0]["pieces.weight"]))
    labels = {"tags": json.dumps(tags), "intents": json.dumps(intents), "buckets": str(buckets)}
    return graph.labelled({"features": ["num_tokens", NUM_FEATURES]}, outputs, labels)


def _member(graph: Graph, weights: Mapping[str, Any]) -> tuple[str, str]:
    """One network: the scores of tags and of intents."""
    axis = graph.constant(np.array([1], np.int64))
    x = graph.add("Gather", graph.weight(weights["pieces.weight"]), "features")
    x = graph.add("ReduceSum", x, axis, keepdims=0)
    h = graph.gru(graph.add("Unsqueeze", x, axis), weights, "around", 0)
    h = graph.add("Squeeze", h, axis)
    whole = [graph.add("ReduceMax", h, axes=[0]), graph.add("ReduceMean", x, axes=[0])]
    tags = _linear(graph, graph.add("Concat", h, x, axis=1), weights, "tags")
    return tags, _linear(graph, graph.add("Concat", *whole, axis=1), weights, "intents")


def _mean(graph: Graph, scores: Sequence[str]) -> str:
    """The normalised mean of log-probabilities; one is itself."""
    if len(scores) == 1:
        return scores[0]
    share = graph.constant(np.array(1 / len(scores), np.float32))
    return graph.add("LogSoftmax", graph.add("Mul", graph.add("Sum", *scores), share))


def _linear(graph: Graph, x: str, weights: Mapping[str, Any], name: str) -> str:
    x = graph.add("MatMul", x, graph.weight(np.asarray(weights[f"{name}.weight"]).T))
    return graph.add("LogSoftmax", graph.add("Add", x, graph.weight(weights[f"{name}.bias"])))
