"""How well the acoustic model tells sounds apart: errors of held-out speakers and sentences.

    python benchmarks/phone_errors.py PACKED [--model EARS.onnx] [--most 150]

PACKED is what ``sayfind.training.packed`` wrote. English is measured in phones of the best path,
without any language model. Mandarin is measured in toned syllables: those of the best path, and
those that a search over all syllables of the language finds, again without any language model.
Held out are a tenth of the speakers, or of the texts where there are few speakers (``acoustic``
recipe).
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

from sayfind.acoustic.ctc import EARS, CtcAcousticModel
from sayfind.decoding.beam import BeamConfig
from sayfind.decoding.lexicon_beam import LexiconDecoder
from sayfind.decoding.priors import with_less_blank
from sayfind.text.phonetics import phones
from sayfind.training.corpus import held_out
from sayfind.training.packed import Packed, Utterance
from sayfind.training.recipes.acoustic_settings import AcousticTraining
from sayfind.types import Posteriors

SETS = {
    "speechocean762-train": "en",
    "librispeech-tc100-178spk": "en",
    "aishell1-S0252": "zh",
    "audio-cmn": "zh",
    "seedlingo-zh": "zh",
    "aishell3-demo": "zh",
}
Heard = Sequence[object]


@lru_cache
def syllable_decoder(tokens: tuple[str, ...]) -> LexiconDecoder:
    """A search over all toned syllables of Mandarin, each as likely as any other."""
    sounds = {phones(chr(code)) for code in range(0x4E00, 0x9FA6)}
    lexicon = {" ".join(s): (s,) for s in sorted(sounds) if s and set(s) <= set(tokens)}
    config = BeamConfig(beam_width=60, token_floor=-9.0, noise_log_prob=None, prune=15.0)
    decoder = LexiconDecoder(tokens, lexicon, None, config)
    decoder.join = "|".join
    return decoder


def best_path(posteriors: Posteriors) -> list[str]:
    """Tokens of the likeliest path."""
    path = posteriors.log_probs.argmax(axis=1)
    kept = path[np.append(True, path[1:] != path[:-1]) & (path != 0)]
    return [posteriors.tokens[number] for number in kept.tolist()]


def syllables(sounds: Sequence[str]) -> list[tuple[str, ...]]:
    """An initial and the final after it are one; whatever stands alone is one too."""
    made: list[tuple[str, ...]] = []
    for sound in sounds:
        if made and sound[-1].isdigit() and not made[-1][-1][-1].isdigit():
            made[-1] = (*made[-1], sound)
        else:
            made.append((sound,))
    return made


def searched(posteriors: Posteriors) -> list[tuple[str, ...]]:
    """Syllables that the search finds."""
    text = syllable_decoder(posteriors.tokens).decode(with_less_blank(posteriors, 1.0)).text
    return [tuple(each.split()) for each in text.split("|") if each]


def errors(
    model: CtcAcousticModel,
    utterances: Sequence[Utterance],
    hear: Callable[[Posteriors], Heard],
    truth: Callable[[Sequence[str]], Heard],
) -> float:
    """Edits between what is heard and the truth, over the length of the truth."""
    wrong = total = 0
    for utterance in utterances:
        rows = model.log_probs(utterance.log_mel.astype(np.float32))
        heard = hear(Posteriors(rows, model.frame_shift, model.tokens))
        wanted = truth(utterance.spoken)
        wrong, total = wrong + Levenshtein.distance(heard, wanted), total + len(wanted)
    return wrong / max(1, total)


def main() -> None:
    """Measure and print; the last line is JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("packed", type=Path)
    parser.add_argument("--model", type=Path, default=EARS)
    parser.add_argument("--most", type=int, default=150, help="utterances of each set")
    options = parser.parse_args()
    model, config = CtcAcousticModel(options.model), AcousticTraining()
    figures: dict[str, float] = {}
    for name, language in SETS.items():
        held = _held(options.packed, name, config)[: options.most]
        started = time.process_time()
        if language == "en":
            figures[f"{name} phones"] = errors(model, held, best_path, list)
        else:
            figures[f"{name} toned syllables"] = errors(
                model, held, lambda p: syllables(best_path(p)), syllables
            )
            figures[f"{name} toned syllables, searched"] = errors(model, held, searched, syllables)
        seconds = sum(len(u.log_mel) for u in held) / 100
        print(f"{name}: {len(held)} utterances, {seconds:.0f} s, "
              f"{time.process_time() - started:.0f} s to measure", flush=True)  # fmt: skip
    for title, value in figures.items():
        print(f"  {title:45s} {value:.3f}")
    print(f"  memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    print(json.dumps({key: round(value, 4) for key, value in figures.items()}))


def _held(packed: Path, name: str, config: AcousticTraining) -> list[Utterance]:
    """The utterances of speakers (or, where there are few, of texts) that were not trained on."""
    by_text = name in config.by_sentence
    found = Packed.open(packed / f"{name}.npz").utterances
    return [u for u in found if u.spoken and held_out(u.text if by_text else u.speaker)]


if __name__ == "__main__":
    main()
