"""Takes out of posteriors what an acoustic model expects before it hears anything.

A network trained with CTC has learnt that most frames are blank, and in a noise it does not know it
falls back on that: words go missing. Dividing by a part of the prior is the remedy of hybrid
recognisers (Bourlard & Morgan 1994); the prior of the blank is the one that matters.
"""

from __future__ import annotations

import numpy as np

from sayfind.types import Posteriors

__all__ = ["with_less_blank"]


def with_less_blank(posteriors: Posteriors, bias: float) -> Posteriors:
    """The same posteriors, the blank's log-odds lowered by ``bias``; rows sum to one again."""
    log_probs = posteriors.log_probs.copy()
    log_probs[:, 0] -= np.float32(bias)
    log_probs -= np.logaddexp.reduce(log_probs, axis=1, keepdims=True)
    return Posteriors(log_probs, posteriors.frame_shift, posteriors.tokens)
