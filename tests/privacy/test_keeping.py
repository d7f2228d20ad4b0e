"""What is kept of people: locked, given back, forgotten, aged, counted unseen, and made strange."""

from __future__ import annotations

import base64
import json
import math
import random
import stat
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.errors import ConfigError, ShopError, StorageError
from sayfind.feedback.log import SqliteEventLog
from sayfind.privacy.counts import PrivateCountConfig, private_counts, threshold
from sayfind.privacy.retention import RetentionConfig, expire, export, forget
from sayfind.privacy.vault import AudioVault, Kept, RecordingsConfig, new_key, read_key
from sayfind.privacy.voice import anonymise, shifted
from sayfind.types import Action, Audio, FeedbackEvent

KEY = bytes(range(32))
DAY = 86_400.0


def sound(seconds: float = 0.2, hertz: float = 200.0) -> Audio:
    times = np.arange(round(16_000 * seconds)) / 16_000
    return Audio((0.5 * np.sin(2 * np.pi * hertz * times)).astype(np.float32), 16_000)


def kept(session: str = "visit-0001", at: float = 1000.0, **more: object) -> Kept:
    return Kept(session, "t1", at, sound(), **more)  # type: ignore[arg-type]


@pytest.fixture
def vault(tmp_path: Path) -> AudioVault:
    return AudioVault(tmp_path / "voices", KEY)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteEventLog]:
    log = SqliteEventLog(tmp_path / "events.sqlite")
    yield log
    log.close()


def event(session: str, at: float) -> FeedbackEvent:
    return FeedbackEvent("t1", Action.ASKED, session=session, time=at, text="red shoes")


class TestVault:
    def test_what_is_kept_comes_back(self, vault: AudioVault) -> None:
        vault.keep(kept(text="红色 shoes", anonymised=True))
        (back,) = vault.read("visit-0001")
        assert (back.session, back.trace_id, back.time) == ("visit-0001", "t1", 1000.0)
        assert (back.text, back.anonymised) == ("红色 shoes", True)
        assert np.abs(back.audio.samples - sound().samples).max() <= 1 / 32767

    def test_the_disk_tells_nothing(self, vault: AudioVault) -> None:
        path = vault.keep(kept(text="red shoes"))
        plain = (sound().samples * 32767).round().astype("<i2").tobytes()
        body = path.read_bytes()
        for secret in (b"visit-0001", b"red shoes", b't1"', plain[100:116]):
            assert secret not in body
        assert "visit-0001" not in str(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert vault.keep(kept()).read_bytes()[28:60] != vault.keep(kept()).read_bytes()[28:60]

    def test_another_key_opens_nothing(self, vault: AudioVault, tmp_path: Path) -> None:
        vault.keep(kept())
        with pytest.raises(ShopError, match="another key"):
            list(AudioVault(tmp_path / "voices", bytes(32)).read())

    @settings(deadline=None, max_examples=30)
    @given(place=st.floats(0, 0.999), bit=st.integers(0, 7))
    def test_no_bit_can_be_changed(
        self, tmp_path_factory: pytest.TempPathFactory, place: float, bit: int
    ) -> None:
        vault = AudioVault(tmp_path_factory.mktemp("voices"), KEY)
        path = vault.keep(kept())
        body = bytearray(path.read_bytes())
        body[int(place * len(body))] ^= 1 << bit
        path.write_bytes(body)
        with pytest.raises(ShopError, match="altered"):
            list(vault.read())

    def test_no_recording_passes_for_anothers(self, vault: AudioVault) -> None:
        path, other = vault.keep(kept("visit-0001")), vault.keep(kept("visit-0002"))
        other.write_bytes(path.read_bytes())
        with pytest.raises(ShopError):
            list(vault.read("visit-0002"))

    def test_a_cut_off_file_is_named(self, vault: AudioVault) -> None:
        path = vault.keep(kept())
        path.write_bytes(path.read_bytes()[:20])
        with pytest.raises(ShopError):
            list(vault.read())

    def test_deleted_is_overwritten_first(self, vault: AudioVault, tmp_path: Path) -> None:
        path = vault.keep(kept())
        still_open = path.open("rb")
        assert vault.forget("visit-0001") == 1
        assert set(still_open.read()) == {0}
        still_open.close()
        assert not path.parent.exists()
        assert vault.forget("visit-0001") == 0

    def test_age_is_what_the_file_says_not_the_disk(self, vault: AudioVault) -> None:
        vault.keep(kept(at=1000.0))
        vault.keep(kept(at=3000.0))
        assert vault.expire(2000.0) == 1
        assert [each.time for each in vault.read()] == [3000.0]

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StorageError, match="Cannot make"):
            AudioVault(tmp_path / "file" / "voices", KEY)


class TestKey:
    def test_from_a_file_or_the_environment(self, tmp_path: Path) -> None:
        path = tmp_path / "audio.key"
        path.write_text(f"{new_key()}\n")
        assert len(read_key(path)) == 32
        assert read_key(None, {"SAYFIND_AUDIO_KEY": base64.b64encode(KEY).decode()}) == KEY
        assert new_key() != new_key()

    @pytest.mark.parametrize("text", ["", "short", "é", base64.b64encode(bytes(31)).decode()])
    def test_a_wrong_one_is_named(self, text: str) -> None:
        with pytest.raises(ConfigError, match="key"):
            read_key(None, {"SAYFIND_AUDIO_KEY": text})

    def test_nothing_is_kept_unless_a_folder_is_named(self) -> None:
        assert RecordingsConfig().open() is None


class TestRetention:
    def test_a_session_is_given_back_whole(
        self, log: SqliteEventLog, vault: AudioVault, tmp_path: Path
    ) -> None:
        log.append([event("visit-0001", 1.0), event("visit-0002", 2.0)])
        vault.keep(kept(text="red shoes"))
        assert export("visit-0001", tmp_path / "out", log, vault) == 2
        lines = (tmp_path / "out" / "events.jsonl").read_text().splitlines()
        assert [json.loads(line)["session"] for line in lines] == ["visit-0001"]
        about = json.loads((tmp_path / "out" / "recordings.jsonl").read_text())
        with wave.open(str(tmp_path / "out" / about["file"])) as file:
            assert file.getnframes() == len(sound().samples)
        assert about["text"] == "red shoes"

    def test_forgotten_everywhere(self, log: SqliteEventLog, vault: AudioVault) -> None:
        log.append([event("visit-0001", 1.0), event("visit-0002", 2.0)])
        vault.keep(kept())
        assert forget("visit-0001", log, vault) == (1, 1)
        assert [each.session for _, each in log.read()] == ["visit-0002"]
        assert forget("visit-0002", log, None) == (1, 0)

    def test_a_session_ages_as_a_whole(self, log: SqliteEventLog, vault: AudioVault) -> None:
        log.append([event("old", 0.0), event("long", 0.0), event("long", 9 * DAY)])
        vault.keep(kept(at=0.0))
        vault.keep(kept(at=9 * DAY))
        config = RetentionConfig(event_days=5, recording_days=5)
        assert expire(10 * DAY, log, vault, config) == (1, 1)
        assert [each.session for _, each in log.read()] == ["long", "long"]
        never = RetentionConfig(event_days=0, recording_days=0)
        assert expire(1000 * DAY, log, vault, never) == (0, 0)


class TestCounts:
    def test_what_many_ask_is_near_what_they_asked(self) -> None:
        said = [(f"s{n}", "shoes") for n in range(400)] + [(f"s{n}", "hats") for n in range(150)]
        said += [("s1", "my secret wish")]
        ((first, shoes), (second, hats)) = private_counts(said, random.Random(5))
        assert (first, second) == ("shoes", "hats")
        assert abs(shoes - 400) < 25
        assert abs(hats - 150) < 25

    def test_one_session_counts_a_few_times_at_most(self) -> None:
        said = [("bot", f"thing {n}") for n in range(5_000)] + [("bot", "thing 1")] * 5_000
        config = PrivateCountConfig(epsilon=50.0)
        assert all(count <= 2 for _, count in private_counts(said, random.Random(1), config))

    @settings(deadline=None, max_examples=20)
    @given(epsilon=st.sampled_from([0.5, 1.0, 2.0]), each=st.integers(1, 3))
    def test_what_one_asked_is_hardly_ever_shown(self, epsilon: float, each: int) -> None:
        config = PrivateCountConfig(epsilon, 0.05, each)
        shrink = math.exp(-epsilon / each)
        alone = shrink ** (threshold(config) - 1) / (1 + shrink)
        assert alone <= 0.05 / each
        shown = sum(
            bool(private_counts([("s", "wish")], random.Random(n), config)) for n in range(400)
        )
        assert shown / 400 <= 0.05 / each + 3 * math.sqrt(0.05 / each / 400)

    def test_noise_is_as_wide_as_it_says(self) -> None:
        config = PrivateCountConfig(epsilon=0.5, delta=1e-6, per_session=1)
        said = [(f"s{n}", "shoes") for n in range(1_000)]
        found = [private_counts(said, random.Random(n), config)[0][1] for n in range(300)]
        shrink = math.exp(-0.5)
        assert abs(np.mean(found) - 1_000) < 1.0
        assert np.var(found) == pytest.approx(2 * shrink / (1 - shrink) ** 2, rel=0.35)


class TestVoice:
    @pytest.mark.parametrize("factor", [0.8, 0.9, 1.0, 1.15, 1.25])
    def test_pitch_moves_and_length_stays(self, factor: float) -> None:
        before = sound(1.0)
        after = shifted(before, factor)
        assert len(after.samples) == len(before.samples)
        assert after.rate == before.rate
        loudest = np.abs(np.fft.rfft(after.samples)).argmax() * 16_000 / len(after.samples)
        assert loudest == pytest.approx(200 * factor, abs=3)
        assert np.abs(after.samples).max() <= 1.0

    @settings(deadline=None, max_examples=25)
    @given(st.integers(0, 3_000), st.floats(0.8, 1.25))
    def test_any_length_will_do(self, length: int, factor: float) -> None:
        noise = np.random.default_rng(0).uniform(-1, 1, length).astype(np.float32)
        after = shifted(Audio(noise, 16_000), factor)
        assert after.samples.shape == (length,)
        assert after.samples.dtype == np.float32
        assert np.isfinite(after.samples).all()

    def test_each_time_by_another_factor_and_never_by_none(self) -> None:
        heard = []
        for seed in range(12):
            after = anonymise(sound(0.5), random.Random(seed)).samples
            heard.append(np.abs(np.fft.rfft(after, 32_000)).argmax() / 2)
        assert len(set(heard)) > 6
        assert all(abs(hertz - 200) > 15 for hertz in heard)
