"""What utterances are to be heard as: their phones, or the characters or pieces of their texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
_PHONES = {*PHONE_TOKENS[1:], "SIL"}
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

    Utterances with phones that nobody knows are left out, counted and named; where texts are
    learnt, those that hold only a part of their text.

    Raises:
        FeedError: nothing can be learnt from.
    """
    fits = _known if config.tokens is TokenKind.PHONES else _whole
    kept = [replace(c, utterances=tuple(filter(fits, c.utterances))) for c in learn]
    kept = [collection for collection in kept if collection.utterances]
    measured = {name: list(filter(fits, items)) for name, items in check.items()}
    measured = {name: items for name, items in measured.items() if items}
    if config.tokens is TokenKind.PHONES:
        _tell_unknown(u for c in learn for u in c.utterances)
        if not kept:
            raise FeedError("No recording has phones of the zh-en phone space; pack them again.")
        return Spelling(kept, measured, config)
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


def _known(utterance: Utterance) -> bool:
    return _PHONES.issuperset(utterance.phones)


def _tell_unknown(utterances: Iterable[Utterance]) -> None:
    """Say which phones nobody knows, and how many utterances have them."""
    bad = [utterance for utterance in utterances if not _known(utterance)]
    if bad:
        names = sorted({phone for utterance in bad for phone in utterance.phones} - _PHONES)
        print(f"{len(bad)} utterances left out, unknown phones: {' '.join(names[:9])}", flush=True)


def _whole(utterance: Utterance) -> bool:
    letters = sum(character.isalpha() for character in utterance.text)
    return letters < _LONG or len(utterance.spoken) >= _SHARE * letters
