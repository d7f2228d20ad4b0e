"""The loop: a stopped run goes on as if never stopped, and a checkpoint on disk is always whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sayfind.errors import MissingExtraError, ModelError, StorageError
from sayfind.training.checkpoints import code_version
from sayfind.training.loop import LoopConfig, Task, fit
from sayfind.training.prefetch import ahead, in_blocks

torch = pytest.importorskip("torch")

CONFIG = LoopConfig(steps=30, save_every=10, learning_rate=0.02, warm_up=5, average=0.9)


def stream(seed: int) -> Iterator[Any]:
    rng = np.random.default_rng(seed)
    while True:
        x = torch.tensor(rng.normal(size=(8, 3)), dtype=torch.float32)
        yield x, x.sum(1, keepdim=True)


def task(losses: list[float], seed: int = 0, width: int = 4) -> Task:
    torch.manual_seed(seed)
    nn = torch.nn
    network = nn.Sequential(nn.Linear(3, width), nn.Dropout(0.2), nn.Tanh(), nn.Linear(width, 1))

    def loss(batch: Any, done: float) -> Any:
        value = (network(batch[0]) - batch[1]).square().mean()
        if network.training:
            losses.append(value.item())
        return value

    check = [batch for batch, _ in zip(stream(99), range(2), strict=False)]
    return Task(network, loss, stream, check)


class KilledError(Exception):
    """Stands for a power cut: nothing after it runs."""


def killed_at(step: int, work: Task, losses: list[float]) -> Task:
    def loss(batch: Any, done: float) -> Any:
        if len(losses) == step and work.network.training:
            raise KilledError
        return work.loss(batch, done)

    return replace(work, loss=loss)


@pytest.mark.parametrize("step", [10, 17, 29])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_stopped_run_has_the_same_curve(tmp_path: Path, step: int, accumulate: int) -> None:
    config = replace(CONFIG, accumulate=accumulate)
    whole: list[float] = []
    first = task(whole)
    fit(first, tmp_path / "whole.pt", config)
    before: list[float] = []
    with pytest.raises(KilledError):
        stopped = killed_at(step * accumulate, task(before), before)
        fit(stopped, tmp_path / "stopped.pt", config)
    after: list[float] = []
    second = task(after, seed=5)
    fit(second, tmp_path / "stopped.pt", config)
    saved = step // 10 * 10 * accumulate
    assert before[:saved] + after == pytest.approx(whole, abs=1e-6)
    for one, other in zip(first.network.parameters(), second.network.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


@pytest.mark.slow
def test_a_run_killed_by_the_system_goes_on(tmp_path: Path) -> None:
    code = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
import test_loop
test_loop.fit(test_loop.task([]), Path({str(tmp_path / "a.pt")!r}), test_loop.replace(
    test_loop.CONFIG, steps=1_000_000))
"""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    while "step 20 " not in child.stdout.readline():
        assert child.poll() is None
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    state = torch.load(tmp_path / "a.pt", weights_only=True)
    assert state["step"] % 10 == 0
    fit(task([]), tmp_path / "a.pt", replace(CONFIG, steps=state["step"] + 10))
    assert torch.load(tmp_path / "a.pt", weights_only=True)["step"] == state["step"] + 10


def test_the_network_ends_as_the_mean_of_its_weights(tmp_path: Path) -> None:
    work = task([])
    fit(work, tmp_path / "a.pt", CONFIG)
    state = torch.load(tmp_path / "a.pt", weights_only=True)
    ended = work.network.state_dict()
    assert all(torch.equal(ended[name], value) for name, value in state["mean"].items())
    assert any(not torch.equal(ended[name], value) for name, value in state["network"].items())
    assert not work.network.training


def test_a_mean_of_decay_zero_is_the_network(tmp_path: Path) -> None:
    fit(task([]), tmp_path / "a.pt", replace(CONFIG, average=0.0))
    state = torch.load(tmp_path / "a.pt", weights_only=True)
    assert all(torch.equal(state["mean"][n], v) for n, v in state["network"].items())


def test_training_learns_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    losses: list[float] = []
    work = replace(task(losses), report=lambda network: {"weights": 21.0})
    fit(work, tmp_path / "a.pt", replace(CONFIG, steps=200, report_every=100))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 20
    assert lines[-1].startswith("step 200 100.0% train ")
    assert [("weights 21.0" in line) for line in lines].count(True) == 2
    assert np.mean(losses[-20:]) < 0.3 * np.mean(losses[:20])


def test_a_full_disk_leaves_the_last_checkpoint_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, losses = tmp_path / "a.pt", []
    with pytest.raises(KilledError):
        fit(killed_at(15, task(losses), losses), path, CONFIG)
    before = path.read_bytes()

    def half(state: Any, file: Path) -> None:
        file.write_bytes(before[: len(before) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(StorageError, match="No space left"):
        fit(task([]), path, CONFIG)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*.tmp"))


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    fit(task([]), tmp_path / "a.pt", replace(CONFIG, steps=10))
    with pytest.raises(ModelError, match="another network"):
        fit(task([], width=6), tmp_path / "a.pt", CONFIG)


def test_a_checkpoint_of_an_older_version_goes_on(tmp_path: Path) -> None:
    fit(task([]), tmp_path / "a.pt", replace(CONFIG, steps=10))
    state = torch.load(tmp_path / "a.pt", weights_only=True)
    older = {name: v for name, v in state.items() if name not in ("best", "worse")}
    torch.save({**older, "done": 0.5, "random": state["random"][0].clone()}, tmp_path / "a.pt")
    fit(task([]), tmp_path / "a.pt", replace(CONFIG, steps=20))
    assert torch.load(tmp_path / "a.pt", weights_only=True)["step"] == 20


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_bytes(b"half of one")
    with pytest.raises(ModelError, match="not a checkpoint"):
        fit(task([]), tmp_path / "a.pt", CONFIG)


def test_a_batch_whose_loss_is_no_number_is_passed_by(tmp_path: Path) -> None:
    work = task([])
    calls = []

    def loss(batch: Any, done: float) -> Any:
        calls.append(done)
        return work.loss(batch, done) * (float("nan") if len(calls) == 4 else 1.0)

    fit(replace(work, loss=loss), tmp_path / "a.pt", CONFIG)
    assert all(torch.isfinite(value).all() for value in work.network.state_dict().values())


def test_a_loss_that_stays_no_number_ends_the_run(tmp_path: Path) -> None:
    work = task([])
    bad = replace(work, loss=lambda batch, done: work.loss(batch, done) * float("nan"))
    with pytest.raises(ModelError, match="no number"):
        fit(bad, tmp_path / "a.pt", CONFIG)


def test_a_run_that_learns_no_more_ends(tmp_path: Path) -> None:
    config = replace(CONFIG, steps=10_000, learning_rate=1e-12, patience=3)
    losses: list[float] = []
    fit(task(losses), tmp_path / "a.pt", config)
    assert len(losses) < 200


def test_a_run_ends_on_the_error_that_is_watched(tmp_path: Path) -> None:
    errors = iter([0.5, 0.3, 0.4, 0.35, 0.31, 0.2])
    work = replace(task([]), report=lambda network: {"phone_errors/a": next(errors)})
    config = replace(CONFIG, steps=1_000, report_every=20, patience=3, watch="phone_errors")
    fit(work, tmp_path / "a.pt", config)
    state = torch.load(tmp_path / "a.pt", weights_only=True)
    assert (state["step"], state["best"], state["worse"]) == (100, 0.3, 3)
    assert state["done"] == 1.0


def test_the_code_that_trained_is_noted(tmp_path: Path) -> None:
    fit(task([]), tmp_path / "a.pt", replace(CONFIG, steps=10))
    noted = (tmp_path / "commit.txt").read_text().strip()
    assert noted == code_version()
    assert len(noted) >= 7


_TWO = """
import sys; sys.path.insert(0, {here!r})
from pathlib import Path
import torch, test_loop
work = test_loop.task([])
rank = test_loop.os.environ["RANK"]
torch.nn.init.normal_(work.network[0].weight, float(rank))  # made equal before the first step
test_loop.fit(work, Path({saved!r}), test_loop.replace(test_loop.CONFIG, steps={steps}))
torch.save(work.network.state_dict(), {saved!r} + rank)
"""


def torchrun(saved: Path, steps: int) -> str:
    script = saved.with_suffix(".py")
    here = str(Path(__file__).parent)
    script.write_text(_TWO.format(here=here, saved=str(saved), steps=steps))
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*command, "--standalone", str(script)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_two_processes_have_one_set_of_weights_and_go_on_together(tmp_path: Path) -> None:
    assert torchrun(tmp_path / "whole.pt", 20).count("step 10 ") == 1
    state = torch.load(tmp_path / "whole.pt", weights_only=True)
    assert state["random"].shape[0] == 2
    assert not torch.equal(*state["random"])
    one, other = (torch.load(tmp_path / f"whole.pt{n}", weights_only=True) for n in "01")
    assert all(torch.equal(one[name], other[name]) for name in one)
    alone = task([])
    fit(alone, tmp_path / "alone.pt", replace(CONFIG, steps=20))
    assert any(not torch.equal(one[n], v) for n, v in alone.network.state_dict().items())
    torch.save({**state, "done": 0.5}, tmp_path / "whole.pt")  # as if it had been stopped there
    assert "step 10 " not in torchrun(tmp_path / "whole.pt", 30)
    assert torch.load(tmp_path / "whole.pt", weights_only=True)["step"] == 30


def test_the_learning_rate_rises_and_falls(tmp_path: Path) -> None:
    work, rates = task([]), []
    make = torch.optim.AdamW

    class Watched(make):  # type: ignore[misc, valid-type]
        def step(self, *given: Any) -> Any:
            rates.append(self.param_groups[0]["lr"])
            return super().step(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim, "AdamW", Watched)
        fit(work, tmp_path / "a.pt", CONFIG)
    assert rates[0] == pytest.approx(0.02 / 5)
    assert np.argmax(rates) == 4
    assert rates[-1] < 0.001


def test_tensorboard_reads_the_figures(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    fit(task([]), tmp_path / "a.pt", replace(CONFIG, loggers=("tensorboard",)))
    events = accumulator.EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("valid")] == [10, 20, 30]
    assert all(np.isfinite(event.value) for event in events.Scalars("train"))


def test_a_logger_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(MissingExtraError, match="wandb"):
        fit(task([]), tmp_path / "a.pt", replace(CONFIG, loggers=("wandb",)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": 0.0},
        {"accumulate": 0},
        {"loggers": ("paper",)},
        {"steps": -1},
        {"device": "tpu"},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="are"):
        LoopConfig(**wrong)


def test_items_from_any_block_on_are_the_same() -> None:
    def count(seed: int) -> Iterator[int]:
        yield from range(100 * seed, 100 * seed + 100)

    whole = [n for n, _ in zip(in_blocks(count, 5, 7, 0), range(20), strict=False)]
    late = [n for n, _ in zip(in_blocks(count, 5, 7, 10), range(10), strict=False)]
    assert whole[10:] == late
    assert len(set(whole)) == 20


def test_what_goes_wrong_while_preparing_is_raised() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("a bad recording")

    items = ahead(broken())
    assert next(items) == 1
    with pytest.raises(OSError, match="a bad recording"):
        next(items)
    assert list(ahead(iter(range(30)), size=2)) == list(range(30))
