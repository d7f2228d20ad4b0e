from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from sayfind.audio.enhance import Enhancer
from sayfind.audio.file import to_wav_bytes
from sayfind.training.loop import LoopConfig
from sayfind.training.mixtures import MixtureConfig
from sayfind.types import Audio

pytest.importorskip("torch")
pytest.importorskip("onnx")

from sayfind.training.recipes.enhancement import EnhancementConfig, train


def write(path: Path, speakers: list[str]) -> None:
    path.parent.mkdir(exist_ok=True)
    lines, files = ["path\ttext\tspeaker"], {}
    for number, speaker in enumerate(speakers):
        rng = np.random.default_rng(number)
        bursts = np.sin(np.arange(20_000) / 1_500) > 0
        sound = (0.1 * rng.standard_normal(20_000) * bursts).astype(np.float32)
        files[f"{number}.wav"] = to_wav_bytes(Audio(sound, 16_000))
        lines.append(f"{number}.wav\ta word\t{speaker}")
    files["manifest.tsv"] = "\n".join(lines).encode()
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"{path.stem}/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


@pytest.mark.slow
def test_the_recipe_trains_stops_goes_on_and_exports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "speech" / "voices.tar", [f"speaker-{n}" for n in range(40)])
    write(tmp_path / "noise" / "noise.tar", ["noise", "noise"])
    config = EnhancementConfig(
        sets=("voices:30",),
        hidden=8,
        batch_size=2,
        loop=LoopConfig(minutes=0.01),
        mixtures=MixtureConfig(seconds=1.0, backgrounds=3),
    )
    model = train(tmp_path, tmp_path / "out", config)
    first = capsys.readouterr().out
    assert "100.0%" in first
    assert model.stat().st_size < 100_000
    sound = Audio(np.random.default_rng(0).standard_normal(8_000).astype(np.float32) / 10, 16_000)
    assert Enhancer(model=model).separate(sound).audio.seconds == 0.5
    train(tmp_path, tmp_path / "out", config)  # done already: only exports again
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("values", [{"minutes": 0.0}, {"learning_rate": -1.0}, {"threads": 0}])
def test_the_loop_checks_its_settings(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="positive"):
        LoopConfig(**values)  # type: ignore[arg-type]
