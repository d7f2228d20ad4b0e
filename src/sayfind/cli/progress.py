"""How far a build has come, on stderr: a bar for a person, a line a stage for a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from types import TracebackType

from tqdm import tqdm

__all__ = ["StageBar"]


class StageBar:
    """A bar over named stages; ``seconds`` holds how long each took."""

    def __init__(self, stages: Sequence[str]) -> None:
        self.seconds: dict[str, float] = {}
        self._stage, self._since = "", time.perf_counter()
        self._width = max(map(len, stages), default=0)
        self._bar = tqdm(
            total=len(stages),
            file=sys.stderr,
            disable=not sys.stderr.isatty(),
            bar_format="  {desc} {bar:28} {n_fmt}/{total_fmt}  {elapsed}",
            leave=False,
        )

    def __enter__(self) -> StageBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()
        self._bar.close()

    def begin(self, stage: str) -> None:
        """The stage before has ended, this one begins."""
        self._end()
        self._stage, self._since = stage, time.perf_counter()
        self._bar.set_description_str(stage.ljust(self._width))
        if self._bar.disable:
            print(f"  {stage} ...", file=sys.stderr, flush=True)

    def _end(self) -> None:
        if self._stage:
            self.seconds[self._stage] = time.perf_counter() - self._since
            self._bar.update()
        self._stage = ""
