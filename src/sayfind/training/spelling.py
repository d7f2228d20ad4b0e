"""What utterances are to be heard as: their phones, or the characters or pieces of their texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sayfind.acoustic.tokens import PHONE_TOKENS, TextTokens, TokenKind, learn_tokens
from sayfind.errors import FeedError
from sayfind.training.packed_utterances import Utterance
from sayfind.training.recipes.acoustic_settings import AcousticTraining
from sayfind.training.utterances import Collection, Spell, spoken_numbers

__all__ = ["Spelling", "spelled", "token_names"]

_NAME = "tokens.txt"
_UNITS = {TokenKind.PHONES: "phone", TokenKind.CHARACTERS: "character", TokenKind.PIECES: "piece"}
_LONG = 25  # letters from which on a text may be that of a longer recording that was cut
_SHARE = 0.65  # phones to a letter: fewer are only a part of the text


@dataclass(frozen=True)
class Spelling:
    """What is trained on and measured, with settings that know how many tokens there are.

    ``tokens`` is nothing for phones, which every model knows.
    """

    learn: list[Collection]
    check: dict[str, list[Utterance]]
    config: AcousticTraining
    tokens: TextTokens | None = None

    @property
    def unit(self) -> str:
        """What errors are counted in."""
        return _UNITS[self.config.tokens]

    @property
    def spell(self) -> Spell:
        """Numbers of an utterance's tokens."""
        tokens = self.tokens
        return (lambda utterance: tokens.numbers(utterance.text)) if tokens else spoken_numbers

    def save(self, folder: Path) -> None:
        """Write the names of the tokens beside the checkpoint."""
        if self.tokens:
            self.tokens.save(folder / _NAME)
        else:
            (folder / _NAME).unlink(missing_ok=True)


def spelled(
    learn: Sequence[Collection], check: Mapping[str, list[Utterance]], config: AcousticTraining
) -> Spelling:
    """Collections as the settings ask; tokens of a model that is gone on from stay its own.

    Utterances that hold only a part of their text are left out where texts are learnt.

    Raises:
        FeedError: no text can be learnt from.
    """
    if config.tokens is TokenKind.PHONES:
        return Spelling(list(learn), dict(check), config)
    kept = [replace(c, utterances=tuple(filter(_whole, c.utterances))) for c in learn]
    kept = [collection for collection in kept if collection.utterances]
    measured = {name: list(filter(_whole, items)) for name, items in check.items()}
    measured = {name: items for name, items in measured.items() if items}
    tokens = _tokens(kept, config)
    if len(tokens.names) < 2:
        raise FeedError("No recording has a transcript; train with tokens = 'phones'.")
    network = replace(config.network, num_tokens=len(tokens.names))
    return Spelling(kept, measured, replace(config, network=network), tokens)


def token_names(checkpoint: Path, count: int) -> tuple[str, ...]:
    """Names of the ``count`` tokens of a checkpoint."""
    path = checkpoint.with_name(_NAME)
    return TextTokens.open(path).names if path.exists() else PHONE_TOKENS[:count]


def _tokens(learn: Sequence[Collection], config: AcousticTraining) -> TextTokens:
    if config.start_from and (known := Path(config.start_from).with_name(_NAME)).exists():
        return TextTokens.open(known)
    most = config.pieces if config.tokens is TokenKind.PIECES else 0
    return learn_tokens((u.text for c in learn for u in c.utterances), most)


def _whole(utterance: Utterance) -> bool:
    letters = sum(character.isalpha() for character in utterance.text)
    return letters < _LONG or len(utterance.spoken) >= _SHARE * letters
