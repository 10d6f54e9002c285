"""``python3 -m tests.soak room [--seconds N]``: one room, ten publishers and ten viewers, for five minutes.

Sound and simulcast pictures go from everybody who publishes to everybody who views, over a server started as operators start it. All
the while a viewer goes and comes back. In the end: memory where it was after the first minute, nothing that could not be
decrypted, nothing missing or doubled, no task, connection or socket left over.
"""

import argparse
import asyncio
import contextlib
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvloop
from livekit.api import TwirpError
from livekit.protocol.room import DeleteRoomRequest

from tests.peers.engine import MediaServer, new_room, room_service, running_media_server, token
from tests.peers.media import overflows
from tests.peers.processes import resident_mib
from tests.peers.rtp_client import PATIENCE_S, RtpClient, playing

SECONDS, PUBLISHERS, VIEWERS = 300, 10, 10
SETTLED_S, MOST_GROWTH = 60, 0.05
EVERY_S = 10
"""Between two who go and come back."""


async def run(folder: Path, *, publishers: int, viewers: int, seconds: float, settled_s: float, calm: bool = False) -> dict[str, Any]:
    """Plays for so long on a server of its own, whose output goes into ``folder``, and returns the figures.

    ``calm``: with a third of the packets, for a machine that has other things to do.
    """
    async with _site() as web_port:
        with running_media_server(folder / "output", web_port=web_port) as server:
            return await _play(server, publishers, viewers, seconds, settled_s, calm)


async def _play(server: MediaServer, publishers: int, viewers: int, seconds: float, settled_s: float, calm: bool) -> dict[str, Any]:
    room = new_room()
    before = _belongings(server)
    senders = [RtpClient(server.url, token(f"publisher-{number}", room, subscribe=False), seed=number) for number in range(publishers)]
    watchers = [RtpClient(server.url, token(f"viewer-{number}", room, publish=False), seed=100 + number) for number in range(viewers)]
    gone: list[RtpClient] = []
    resident: list[tuple[float, float]] = []
    try:
        for client in (*senders, *watchers):
            await client.join()
        async with playing(senders, watchers):
            for sender in senders:
                await sender.publish_audio(every_s=0.06 if calm else 0.02)
                # Twenty pictures a second: the server's histories of a thousand packets are full when memory is first looked at.
                await sender.publish_video(1, 1, 1 if calm else 2, fps=10 if calm else 20)
            await _flows(watchers, senders)
            began_s = time.monotonic()
            while (elapsed_s := time.monotonic() - began_s) < seconds:
                resident.append((elapsed_s, resident_mib(server.pid)))
                await asyncio.sleep(min(EVERY_S, seconds / 3))
                gone.append(watchers.pop(0))
                await gone[-1].close()
                watchers.append(RtpClient(server.url, token(f"viewer-{(len(gone) - 1) % viewers}", room, publish=False), seed=len(gone)))
                await watchers[-1].join()
                await _flows(watchers[-1:], senders)
            resident.append((time.monotonic() - began_s, resident_mib(server.pid)))
            for sender in senders:
                sender.silent = True
            await all_settles(watchers)
        figures = _look(server, senders, [*gone, *watchers])
        settled = next(mib for elapsed_s, mib in resident if elapsed_s >= settled_s)
        figures |= {
            "resident_mib_settled": round(settled, 1),
            "resident_mib_end": round(resident[-1][1], 1),
            "growth": round(resident[-1][1] / settled - 1, 4),
        }
    finally:
        for client in (*senders, *watchers):
            await client.close()
    async with room_service(server) as service:
        with contextlib.suppress(TwirpError):  # it may have ended by itself
            await service.delete_room(DeleteRoomRequest(room=room))
    figures["left_over"] = await _left_over(server, before)
    return figures


@asynccontextmanager
async def _site() -> AsyncIterator[int]:
    """A site that takes all news of the media server; its port."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    site = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield site.sockets[0].getsockname()[1]
    finally:
        site.close()


async def _flows(watchers: list[RtpClient], senders: list[RtpClient]) -> None:
    """Waits until each of these sees every track."""
    tracks = {publication.sid for sender in senders for publication in sender.publications}
    for watcher in watchers:
        try:
            await watcher.until(lambda: not _unseen(watcher, tracks))  # noqa: B023
        except TimeoutError:
            raise AssertionError(_why_not(watcher, senders, _unseen(watcher, tracks))) from None


async def all_settles(clients: list[RtpClient]) -> None:
    """Waits for what is on its way to clients when nothing more is sent, and for what must be asked for again."""
    await asyncio.sleep(1)
    async with asyncio.timeout(PATIENCE_S):
        while not all(sink.settled for client in clients for sink in client.sinks.values()):  # noqa: ASYNC110 - nothing may come any more
            await asyncio.sleep(0.05)


def _unseen(watcher: RtpClient, tracks: set[str]) -> set[str]:
    """The tracks of which nothing has come."""
    return tracks - {sid for sid, sink in watcher.tracks.items() if sink.received}


def _why_not(watcher: RtpClient, senders: list[RtpClient], unseen: set[str]) -> str:
    described = ", ".join(f"{sid} ({'described' if sid in watcher.tracks else 'never described'})" for sid in sorted(unseen))
    ends = {client.identity: (client.left, client.up.dtls.state, client.down.dtls.state) for client in (*senders, watcher)}
    owners = {sender.identity for sender in senders if any(publication.sid in unseen for publication in sender.publications)}
    return (
        f"{watcher.identity} {ends[watcher.identity]} got nothing of {described}; their publishers: {[(one, ends[one]) for one in owners]}"
    )


def _look(server: MediaServer, senders: list[RtpClient], watchers: list[RtpClient]) -> dict[str, Any]:
    sinks = [sink for watcher in watchers for sink in watcher.sinks.values()]
    delays = sorted(delay for sink in sinks for delay in sink.delays_ms)
    return {
        "packets_in": sum(stream.sent for sender in senders for item in sender.publications for stream in item.streams),
        "packets_out": sum(sink.received for sink in sinks),
        "missing": sum(len(sink.missing) for sink in sinks),
        "unread": sum(client.up.overflowed + client.down.overflowed for client in (*senders, *watchers)) + unread_by(server),
        "doubled": sum(sink.duplicates for sink in sinks),
        "not_whole": sum(sink.corrupt for sink in sinks),
        "jumps": sum(sink.jumps for sink in sinks),
        "strays": sum(watcher.strays for watcher in watchers),
        "undecrypted_by_clients": sum(client.up.failed + client.down.failed for client in (*senders, *watchers)),
        "undecrypted_by_server": server.figure("sfu_drops_total", "srtp_failed"),
        "faults": server.figure("sfu_faults_total"),
        "delay_ms_p50": round(delays[len(delays) // 2], 2),
        "delay_ms_p99": round(delays[len(delays) * 99 // 100], 2),
    }


def _belongings(server: MediaServer) -> dict[str, float]:
    """What the server must have given back when everybody has left."""
    names = ("sfu_rooms", "sfu_participants", "sfu_signal_sessions", "sfu_transports", "sfu_tasks")
    files = len(list(Path(f"/proc/{server.pid}/fd").iterdir()))
    return {name: server.figure(name) for name in names} | {"open files": files}


async def _left_over(server: MediaServer, before: dict[str, float]) -> dict[str, float]:
    """What has not been given back long after the last one left: a room stays open for some seconds behind them."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        now = _belongings(server)
        left = {name: count - before[name] for name, count in now.items() if count > before[name]}
        if not left or time.monotonic() > deadline_s:
            return left
        await asyncio.sleep(0.5)


def unread_by(server: MediaServer) -> int:
    """Datagrams that the server was too slow to read: the kernel's count for its sockets."""
    lost = overflows()
    links = [os.readlink(path) for path in Path(f"/proc/{server.pid}/fd").iterdir()]
    return sum(lost.get(int(link[8:-1]), 0) for link in links if link.startswith("socket:["))


def main() -> int:
    """Prints the figures as the last line; 1 when one is not as it must be."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=float, default=SECONDS)
    arguments.add_argument("--publishers", type=int, default=PUBLISHERS)
    arguments.add_argument("--viewers", type=int, default=VIEWERS)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        playing_for = run(
            Path(folder),
            publishers=chosen.publishers,
            viewers=chosen.viewers,
            seconds=chosen.seconds,
            settled_s=min(SETTLED_S, chosen.seconds / 2),
        )
        figures = uvloop.run(playing_for)
    bad = faults_of(figures)
    print(json.dumps({"seconds": chosen.seconds, "publishers": chosen.publishers, "viewers": chosen.viewers, **figures, "bad": bad}))
    return 1 if bad else 0


def faults_of(figures: dict[str, Any], most_growth: float = MOST_GROWTH) -> list[str]:
    """The names of the figures that are not as they must be."""
    nought = (
        "doubled",
        "not_whole",
        "jumps",
        "strays",
        "undecrypted_by_clients",
        "undecrypted_by_server",
        "faults",
        "left_over",
    )
    bad = [name for name in nought if figures[name]]
    # On a machine that is busy with other things a process may be too late to read what the kernel keeps for it, and no longer.
    bad += ["missing"] if figures["missing"] > figures["unread"] else []
    return bad + (["growth"] if figures["growth"] > most_growth else [])
