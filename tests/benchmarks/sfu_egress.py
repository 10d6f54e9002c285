"""``python3 -m tests.benchmarks sfu_egress``: what one copy of a packet costs, by each fan-out back end and by the same loop in C.

One core; a packet of 1,100 bytes of payload for each number of viewers, AEAD_AES_128_GCM, sent over loopback to sockets that nobody
reads. CPU microseconds a copy (user and system); back ends and C loop take turns, and the ratio is the median of those of the rounds.
Packets lie ready and come one by one, as the C loop takes them; the last column has them in frames of eight, where segmentation (UDP
GSO) saves most of the system's share. ``ROUNDS`` shortens a run.
"""

import json
import os
import socket
import statistics
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cffi  # type: ignore[import-untyped]
from pylibsrtp import Policy, Session
from pylibsrtp import _binding as srtp

from server.sfu.fanout import build
from server.sfu.fanout.choosing import BACK_ENDS, open_sender

LOOP = Path(__file__).parent / "peers" / "egress_loop.c"
DECLARATION = """long egress_loop(int fd, void *protect, const uint8_t *packet, int length, void *const *contexts, const uint16_t *ports,
                                int viewers, unsigned first, int packets);"""

PAYLOAD = 1100
VIEWERS = (20, 50)
FRAME = 8
ROUNDS = int(os.environ.get("ROUNDS", "25"))
COPIES = 20_000
"""Copies sent in one round of one back end."""
GOALS = {"compiled": 1.1, "cffi": 1.6}

EXTENSIONS = struct.pack("!HHBBHBBBB", 0xBEDE, 2, 0x10, 0x30, 0, 0x32, 1, 2, 3)
HEAD = struct.pack("!BBHLL", 0x90, 0x80 | 96, 0, 90_000, 0x11223344)
BODY = HEAD[4:] + EXTENSIONS + bytes(PAYLOAD)


@contextmanager
def sinks(count: int) -> Iterator[list[socket.socket]]:
    """Sockets that nobody reads: the system delivers, and drops what does not fit."""
    made = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    for sink in made:
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sink.bind(("127.0.0.1", 0))
    yield made
    for sink in made:
        sink.close()


def session() -> Session:
    return Session(Policy(key=os.urandom(28), ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM))


def context(of: Session) -> int:
    return int(srtp.ffi.cast("uintptr_t", of._srtp[0]))


def cost(began_s: float, copies: int) -> float:
    """CPU microseconds a copy since ``began_s`` of this process's CPU time."""
    return (time.process_time() - began_s) * 1e6 / copies


def in_python(name: str, out: socket.socket, targets: list[socket.socket], frame: int) -> Callable[[], float]:
    """A round of one back end, and what a copy cost in it; every call goes on where the last one stopped."""
    sender = open_sender(out.fileno(), name)
    fan, kept = sender.fan(), [session() for _ in targets]
    for i, (sink, keys) in enumerate(zip(targets, kept, strict=True)):
        outlet = sender.outlet()
        outlet.connect(context(keys), sink.getsockname())
        viewer = sender.viewer(outlet, i + 1, 97)
        viewer.renumber(first=0, sequence_offset=977 * i, timestamp_offset=12345 * i)
        fan.add(viewer)
    first, payload_at = 0, 12 + len(EXTENSIONS)

    def run() -> float:
        nonlocal first
        assert kept  # the contexts live as long as the round
        last = first + COPIES // len(targets) // frame * frame
        frames = [
            [(b"\x90\xe0" + (number & 0xFFFF).to_bytes(2, "big") + BODY, number) for number in range(start, start + frame)]
            for start in range(first, last, frame)
        ]
        first, before, began_s = last, sender.totals().sent, time.process_time()
        for packets in frames:
            for packet, number in packets:
                fan.send(packet, number, payload_at)
            sender.flush()
        spent_us = cost(began_s, sender.totals().sent - before)
        assert sender.totals().unprotected == 0
        return spent_us

    return run


def in_c(library: Any, ffi: cffi.FFI, out: socket.socket, targets: list[socket.socket]) -> Callable[[], float]:
    kept = [session() for _ in targets]
    contexts = ffi.new("void *[]", [ffi.cast("void *", context(keys)) for keys in kept])
    ports = ffi.new("uint16_t[]", [sink.getsockname()[1] for sink in targets])
    protect = ffi.cast("void *", int(srtp.ffi.cast("uintptr_t", srtp.ffi.addressof(srtp.lib, "srtp_protect"))))
    packet = HEAD[:4] + BODY
    first = 0

    def run() -> float:
        nonlocal first
        assert kept
        packets, began_s = COPIES // len(targets), time.process_time()
        sent = int(library.egress_loop(out.fileno(), protect, packet, len(packet), contexts, ports, len(targets), first, packets))
        assert sent > 0
        first += packets
        return cost(began_s, sent)

    return run


def measure(viewers: int, library: Any, ffi: cffi.FFI) -> tuple[dict[str, float], dict[str, float]]:
    """Medians for one number of viewers: microseconds a copy, and how many times the C loop's."""
    with sinks(viewers) as targets, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        out.setblocking(False)
        loops = {"c": in_c(library, ffi, out, targets)}
        for name in BACK_ENDS:
            loops[name] = in_python(name, out, targets, 1)
        loops["compiled, frames"] = in_python("compiled", out, targets, FRAME)
        for run in loops.values():
            run()  # to warm up
        rounds = [{name: run() for name, run in loops.items()} for _ in range(ROUNDS)]
    costs = {name: round(statistics.median(one[name] for one in rounds), 3) for name in loops}
    return costs, {name: round(statistics.median(one[name] / one["c"] for one in rounds), 2) for name in loops if name != "c"}


def main() -> int:
    assert build.build(), "a C compiler is needed"
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    ffi = cffi.FFI()
    ffi.cdef(DECLARATION)
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder) / "egress_loop.so"
        subprocess.run([build.compiler() or "cc", "-O2", "-fPIC", "-shared", "-o", str(built), str(LOOP)], check=True)
        library = ffi.dlopen(str(built))
        cells = {viewers: measure(viewers, library, ffi) for viewers in VIEWERS}
    figures: dict[str, Any] = {"profile": "AEAD_AES_128_GCM", "payload_bytes": PAYLOAD, "rounds": ROUNDS}
    holds = True
    for viewers, (cell, ratios) in cells.items():
        print(f"{viewers} viewers: us a copy {json.dumps(cell)}, of the C loop {json.dumps(ratios)}", flush=True)
        figures[f"us_{viewers}_viewers"], figures[f"ratio_{viewers}_viewers"] = cell, ratios
        holds = holds and all(ratios[name] <= goal for name, goal in GOALS.items())
    print(json.dumps({"benchmark": "sfu_egress", "figures": figures, "goals": GOALS, "holds": holds}))
    return 0 if holds else 1
