"""How soon a spoken query is answered while others speak, and how many typed ones in a second.

    python benchmarks/streams.py --shop runs/out/icecat --spoken runs/out/icecat-flite \
        --streams 1,4 --queries 6 --out runs/streams.json

A real server in a process of its own; the clients speak in real time, in pieces of 100 ms, each its
queries one after another with a pause between them. Milliseconds, p50 and p95: ``end point`` and
``final`` from the end of speech (its last voiced frame, by the detector), ``after end point``
between the two, ``finish`` from a client's "that was all", said at the end of speech. ``refused``
counts errors, ``lost`` streams that ended without an answer. ``server`` is its processor time by
the sound that it heard. ``as a file`` sends ``--files`` recordings, with the room after them, over
the socket (not in real time) up to the end point and whole over REST: how often both say the same,
find the same, and each the words of the reference. ``typed`` is requests a second over
``--connections`` that are kept open.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.client import connect

from sayfind import Audio
from sayfind.audio.file import to_wav_bytes
from sayfind.audio.vad import SileroVad
from sayfind.client import Client
from sayfind.data.case import Case
from sayfind.data.sets import SpokenSet

PIECE = 1_600
RATE = 16_000
ROOM = 0.0003
AFTER = 2.5  # seconds of a quiet room after the speech


@dataclass
class Server:
    """``sayfind serve`` in its own process."""

    process: subprocess.Popen[str]
    port: int

    @classmethod
    def start(cls, shop: Path, settings: list[str]) -> Server:
        program = str(Path(sys.executable).with_name("sayfind"))
        command = [program, "serve", "--shop", str(shop), "--port", "0"]
        given = [part for setting in settings for part in ("--set", setting)]
        process = subprocess.Popen([*command, *given], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r":(\d+)\s*$", line)
        assert found, f"the server said {line!r}"
        return cls(process, int(found[1]))

    @property
    def cpu(self) -> float:
        """Processor seconds so far."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        used = stat.rpartition(")")[2].split()
        return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


@dataclass(frozen=True)
class Query:
    """A recording with a quiet room after it, and where its speech ends."""

    pieces: list[bytes]
    speech_end: float

    @classmethod
    def of(cls, audio: Audio, vad: SileroVad, rng: np.random.Generator) -> Query:
        room = rng.normal(0.0, ROOM, len(audio.samples) + round(AFTER * RATE))
        room[: len(audio.samples)] += audio.samples
        spans = vad.speech(Audio(room.astype(np.float32), RATE))
        end = spans[-1][1] - vad.config.padding if spans else audio.seconds
        data = (np.clip(room, -1, 1) * 32767).astype("<i2").tobytes()
        return cls([data[i : i + 2 * PIECE] for i in range(0, len(data), 2 * PIECE)], end)


async def speak(port: int, query: Query, *, finish: bool) -> dict[str, Any]:
    """One query in real time: seconds from the end of speech to each message of interest."""
    told: dict[str, Any] = {}
    async with connect(f"ws://127.0.0.1:{port}/v1/stream", compression=None, proxy=None) as line:
        await line.send(json.dumps({"type": "start", "k": 10}))
        began = time.perf_counter()

        async def send() -> None:
            for number, piece in enumerate(query.pieces, 1):
                await asyncio.sleep(max(0.0, began + number * PIECE / RATE - time.perf_counter()))
                await line.send(piece)
                if finish and number * PIECE / RATE >= query.speech_end:
                    await line.send('{"type": "finish"}')
                    told["asked"] = time.perf_counter() - began
                    return

        sending = asyncio.create_task(send())
        async for frame in line:
            message = json.loads(frame)
            told.setdefault(message["type"], time.perf_counter() - began - query.speech_end)
        sending.cancel()
    if "asked" in told:
        told["finish"] = told.get("final", np.nan) - (told.pop("asked") - query.speech_end)
    return told


async def speakers(port: int, queries: list[list[Query]], *, finish: bool) -> list[dict[str, Any]]:
    """Everybody's queries, everybody beginning at another time."""

    async def one(number: int, mine: list[Query]) -> list[dict[str, Any]]:
        await asyncio.sleep(0.7 * number)
        return [await speak(port, query, finish=finish) for query in mine]

    found = await asyncio.gather(*(one(n, mine) for n, mine in enumerate(queries)))
    return [told for mine in found for told in mine]


def measured(server: Server, queries: list[list[Query]]) -> dict[str, Any]:
    """Figures of so many streams at a time."""
    cpu = server.cpu
    open_end = asyncio.run(speakers(server.port, queries, finish=False))
    seconds = sum(len(q.pieces) * PIECE / RATE for mine in queries for q in mine)
    cpu = server.cpu - cpu
    finished = asyncio.run(speakers(server.port, queries, finish=True))
    gap = [told["final"] - told["endpoint"] for told in open_end if "final" in told]
    return {
        "queries": len(open_end),
        "end point": percentiles([told["endpoint"] for told in open_end if "endpoint" in told]),
        "final": percentiles([told["final"] for told in open_end if "final" in told]),
        "after end point": percentiles(gap),
        "finish": percentiles([told["finish"] for told in finished if "final" in told]),
        "refused": sum("error" in told for told in (*open_end, *finished)),
        "lost": sum(not told.keys() & {"final", "error"} for told in (*open_end, *finished)),
        "server": round(cpu / seconds, 3),
    }


def as_a_file(port: int, cases: list[Case], queries: list[Query]) -> dict[str, Any]:
    """How often a stream that ends at its end point is answered as the whole recording is."""
    client = Client(f"http://127.0.0.1:{port}", timeout=120)
    counts: Counter[str] = Counter()
    for case, query in zip(cases, queries, strict=True):
        samples = np.frombuffer(b"".join(query.pieces), "<i2").astype(np.float32) / 32767
        streamed = client.hear(query.pieces, k=10)
        whole = client.search(audio=to_wav_bytes(Audio(samples, RATE)), k=10)
        reference = " ".join(case.text.lower().split())
        counts["same words"] += streamed.text == whole.text
        counts["same products"] += [h.product.id for h in streamed.hits] == [
            h.product.id for h in whole.hits
        ]
        counts["right over the socket"] += streamed.text.lower() == reference
        counts["right as a file"] += whole.text.lower() == reference
    return {"recordings": len(cases), **counts}


def typed(port: int, texts: list[str], connections: int, seconds: float) -> dict[str, Any]:
    """Typed searches over open connections, as fast as they are answered."""
    waits: list[float] = []
    until = time.perf_counter() + seconds

    def one(number: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for turn in range(1_000_000):
            started = time.perf_counter()
            if started > until:
                return
            body = json.dumps({"text": texts[(number + turn) % len(texts)], "k": 10})
            line.request("POST", "/v1/search", body, {"Content-Type": "application/json"})
            reply = line.getresponse()
            reply.read()
            if reply.status == 200:
                waits.append(time.perf_counter() - started)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"per second": round(len(waits) / seconds, 1), "wait": percentiles(waits, (50, 99))}


def percentiles(values: list[float], which: tuple[int, ...] = (50, 95)) -> dict[str, float]:
    return {f"p{p}": round(1000 * float(np.percentile(values, p)), 1) for p in which if values}


def main() -> None:
    """Print one line for each number of streams, and write all as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shop", type=Path, required=True)
    parser.add_argument("--spoken", type=Path, required=True, help="a set of spoken queries")
    parser.add_argument("--streams", default="1,4", help="numbers of streams, with commas, or none")
    parser.add_argument("--queries", type=int, default=6, help="of each stream")
    parser.add_argument("--files", type=int, default=16, help="recordings sent both ways")
    parser.add_argument("--connections", type=int, default=4, help="of typed searches")
    parser.add_argument("--typed-seconds", type=float, default=10.0)
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    cases, rng = list(SpokenSet.open(given.spoken).cases), np.random.default_rng(0)
    vad, server = SileroVad(), Server.start(given.shop, given.settings)
    result: dict[str, Any] = {"cores": len(os.sched_getaffinity(0)), "load": os.getloadavg()[0]}
    try:
        for number in map(int, filter(None, given.streams.split(","))):
            order = rng.permutation(len(cases))
            chosen = np.resize(order, (number, given.queries))
            queries = [[Query.of(cases[i].audio(), vad, rng) for i in row] for row in chosen]
            result[str(number)] = measured(server, queries)
            print(number, json.dumps(result[str(number)]), flush=True)
        chosen = [cases[i] for i in rng.permutation(len(cases))[: given.files]]
        queries = [Query.of(case.audio(), vad, rng) for case in chosen]
        result["as a file"] = as_a_file(server.port, chosen, queries)
        print("as a file", json.dumps(result["as a file"]), flush=True)
        texts = [case.text for case in cases]
        result["typed"] = typed(server.port, texts, given.connections, given.typed_seconds)
        print("typed", json.dumps(result["typed"]))
    finally:
        server.stop()
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
