"""Tokens by beam search, without a lexicon: characters, word pieces or phones.

Knows that a token is a word of one sound: the lexicon beam does the rest, and with such a lexicon
it is the prefix search of Hannun et al. 2014 (language model and insertion bonus at each token).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sayfind.decoding.beam import BeamConfig
from sayfind.decoding.lexicon_beam import LexiconDecoder
from sayfind.lm.backoff import NGram

__all__ = ["PrefixBeamDecoder", "PrefixConfig", "join_pieces"]


@dataclass(frozen=True, slots=True)
class PrefixConfig:
    """``separator`` stands between tokens in the text; ``beam`` is the search's own settings."""

    separator: str = ""
    beam: BeamConfig = field(default_factory=lambda: BeamConfig(noise_log_prob=None))


def join_pieces(pieces: Sequence[str], separator: str = "") -> str:
    """Tokens as text; SentencePiece's sign for a space becomes one.

    >>> join_pieces(["\u2581red", "\u2581sh", "oes"])
    'red shoes'
    """
    return separator.join(pieces).replace("\u2581", " ").strip()


class PrefixBeamDecoder(LexiconDecoder):
    """CTC prefix beam search; ``decode`` and the streaming calls are the lexicon beam's."""

    def __init__(
        self, tokens: Sequence[str], model: NGram | None = None, config: PrefixConfig | None = None
    ) -> None:
        """Search over all tokens but the blank, with an n-gram model of tokens if there is one."""
        config = config or PrefixConfig()
        beam = replace(config.beam, noise_log_prob=None)
        super().__init__(tokens, {token: ((token,),) for token in tokens[1:]}, model, beam)
        self.join = lambda pieces: join_pieces(pieces, config.separator)
