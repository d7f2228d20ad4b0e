from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from sayfind.audio.file import to_wav_bytes
from sayfind.data.clips import held_out, read_clips
from sayfind.errors import FeedError
from sayfind.types import Audio


def collection(path: Path, num_clips: int, speaker: bool = True) -> Path:
    files = {}
    lines = ["path\tseconds\ttext" + ("\tspeaker" if speaker else "")]
    for number in range(num_clips):
        sound = np.full(800, number / 100, np.float32)
        files[f"clips/{number}.wav"] = to_wav_bytes(Audio(sound, 16_000))
        lines.append(f"clips/{number}.wav\t0.05\tword {number}" + ("\tanna" if speaker else ""))
    files["manifest.tsv"] = "\n".join(lines).encode()
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"{path.stem}/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def test_clips_come_in_order_with_their_rows(tmp_path: Path) -> None:
    clips = list(read_clips(collection(tmp_path / "some.tar", 5)))
    assert [clip.row["text"] for clip in clips] == [f"word {n}" for n in range(5)]
    assert {clip.speaker for clip in clips} == {"anna"}
    assert clips[3].samples.dtype == np.int16
    assert clips[3].audio.samples == pytest.approx(0.03, abs=1e-3)


def test_without_a_speaker_the_collection_is_one(tmp_path: Path) -> None:
    (clip,) = read_clips(collection(tmp_path / "noise.tar", 1, speaker=False))
    assert clip.speaker == "noise"


@pytest.mark.parametrize("most", [0, 1, 3, 9])
def test_a_share_is_random_but_repeatable(tmp_path: Path, most: int) -> None:
    path = collection(tmp_path / "some.tar", 6)
    one, two = ([c.row["path"] for c in read_clips(path, most, seed=4)] for _ in range(2))
    assert one == two == sorted(one)
    assert len(one) == min(most, 6)


def test_what_is_no_collection(tmp_path: Path) -> None:
    (tmp_path / "text.tar").write_text("no tar")
    with tarfile.open(tmp_path / "empty.tar", "w"):
        pass
    for name in ("missing", "text", "empty"):
        with pytest.raises(FeedError, match="not a collection"):
            list(read_clips(tmp_path / f"{name}.tar"))


def test_held_out_speakers_are_a_fixed_tenth() -> None:
    names = [f"speaker-{number}" for number in range(5_000)]
    share = sum(map(held_out, names)) / len(names)
    assert share == pytest.approx(0.1, abs=0.02)
    assert [held_out(name) for name in names] == [held_out(name) for name in names]
