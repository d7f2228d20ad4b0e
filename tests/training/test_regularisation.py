"""Every switch changes what is learnt, none changes what is measured, and all of them learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sayfind.acoustic.networks import build_network
from sayfind.acoustic.networks.configs import FrontEndConfig, Wav2LetterConfig
from sayfind.training.utterances import Batch

torch = pytest.importorskip("torch")

from sayfind.training.acoustic_loss import loss_of  # noqa: E402
from sayfind.training.regularisation import (  # noqa: E402
    DOMAINS,
    RegularisationConfig,
    domains_of,
    regularised_loss,
    with_adversary,
)

SWITCHES = {
    "label_smoothing": RegularisationConfig(label_smoothing=0.1),
    "consistency": RegularisationConfig(consistency=0.2),
    "perturbation": RegularisationConfig(perturbation=0.3),
    "origin": RegularisationConfig(origin=0.1),
    "accent": RegularisationConfig(accent=0.1),
}
TINY = Wav2LetterConfig(
    width=24, layers=1, wide=24, dropout=0.0, front=FrontEndConfig(old_ears=False)
)


def network_of(config: RegularisationConfig, masks: bool = False) -> Any:
    torch.manual_seed(0)
    network = build_network(TINY, np.full(80, -7.0), masks=masks)
    return with_adversary(network, config).train()


def batch() -> Batch:
    """Four utterances in which every phone has a band of its own; two of them synthetic."""
    rng = np.random.default_rng(0)
    phones = rng.integers(1, 9, (4, 6))
    mel = rng.normal(-9, 0.3, (4, 90, 80)).astype(np.float32)
    for row, said in enumerate(phones):
        for place, phone in enumerate(said):
            mel[row, 15 * place : 15 * place + 15, 8 * phone : 8 * phone + 8] += 8
    mel[2:, :, :8] += 6  # the synthetic voice hums
    domains = np.array([[0, 0], [0, 1], [1, 2], [1, -1]])
    return Batch(
        mel, np.full(4, 90), phones.ravel(), np.full(4, 6), np.repeat(phones, 5, axis=1),
        np.ones(4, np.float32), domains,
    )  # fmt: skip


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_acts_in_training_alone(name: str) -> None:
    config = SWITCHES[name]
    network = network_of(config, masks=name == "consistency")
    torch.manual_seed(1)
    plain = loss_of(network, batch(), 1.0).item()
    torch.manual_seed(1)
    changed = regularised_loss(network, batch(), 1.0, config, 0.5).item()
    assert abs(changed - plain) > 1e-4
    network.eval()
    measured = regularised_loss(network, batch(), 1.0, config, 0.5).item()
    assert measured == loss_of(network, batch(), 1.0).item()


@pytest.mark.parametrize("name", SWITCHES)
def test_the_loss_falls_with_every_switch(name: str) -> None:
    network = network_of(SWITCHES[name], masks=True)
    optimiser = torch.optim.AdamW(network.parameters(), 5e-3)
    losses = []
    for step in range(25):
        optimiser.zero_grad()
        loss = regularised_loss(network, batch(), 1.0, SWITCHES[name], step / 25)
        loss.backward()
        optimiser.step()
        losses.append(loss_of(network.eval(), batch(), 1.0).item())
        network.train()
    assert losses[-1] < 0.6 * losses[0]


def test_all_off_is_the_plain_loss() -> None:
    network = network_of(RegularisationConfig())
    assert not hasattr(network, "adversary")
    found = regularised_loss(network, batch(), 1.0, RegularisationConfig(), 0.5).item()
    assert found == loss_of(network, batch(), 1.0).item()


def test_the_perturbation_makes_it_harder() -> None:
    network = network_of(SWITCHES["perturbation"])
    plain = loss_of(network, batch(), 1.0).item()
    assert regularised_loss(network, batch(), 1.0, SWITCHES["perturbation"], 0.5).item() > plain


def test_smooth_labels_make_rows_more_even() -> None:
    heights = []
    for share in (0.0, 0.5):
        config = RegularisationConfig(label_smoothing=share)
        network = network_of(config)
        optimiser = torch.optim.AdamW(network.parameters(), 5e-3)
        for _ in range(50):
            optimiser.zero_grad()
            regularised_loss(network, batch(), 1.0, config, 0.5).backward()
            optimiser.step()
        given = torch.from_numpy(batch().log_mel), torch.from_numpy(batch().lengths)
        heights.append(network.eval()(*given)[0].exp().amax(-1).mean().item())
    assert heights[1] < heights[0] - 0.05


def slopes(origin: float, done: float) -> tuple[Any, Any]:
    """Gradients of the stem and of the classifier by the adversary alone."""
    config = RegularisationConfig(origin=origin)
    network = network_of(config)
    found = []
    for switches in (config, RegularisationConfig()):
        network.zero_grad()
        regularised_loss(network, batch(), 1.0, switches, done).backward()
        classifier = network.adversary["origin"][0].weight.grad
        found.append((network.stem.weight.grad.clone(), classifier))
    return found[0][0] - found[1][0], found[0][1]


def test_the_gradient_of_the_adversary_is_turned_round_and_grows() -> None:
    ahead, classifier = slopes(0.5, done=1.0)
    assert classifier.abs().max() > 0
    assert slopes(0.5, done=0.0)[0].abs().max() < 1e-6 < ahead.abs().max()
    network = network_of(RegularisationConfig(origin=0.5))
    with torch.no_grad():
        before = told(network)
        network.stem.weight -= 0.5 / ahead.norm() * ahead
    assert told(network) > before  # a step down the slope makes origins harder to tell


def told(network: Any) -> float:
    """Cross-entropy of the classifier of origins."""
    data = batch()
    with torch.no_grad():
        hidden, _ = network.hidden(torch.from_numpy(data.log_mel), torch.from_numpy(data.lengths))
        logits = network.adversary["origin"](hidden.mean(1))
        return torch.nn.functional.cross_entropy(
            logits, torch.from_numpy(data.domains[:, 0])
        ).item()


def test_domains_of_collections() -> None:
    assert domains_of("synthetic-en") == (1, -1)
    assert domains_of("speechocean762-train") == (0, 1)
    assert domains_of("our-shop") == (0, -1)
    assert len(domains_of("x")) == len(DOMAINS)


@pytest.mark.parametrize("wrong", [{"label_smoothing": 1.0}, {"origin": -0.1}])
def test_weights_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="negative"):
        RegularisationConfig(**wrong)
