"""``python3 -m tests.soak fuzz_transport [--examples N] [--seed S]``: what is nearly right, at every parser of the media port.

Three parsers, N examples each: checks (STUN), datagrams of DTLS and media in the middle of a call, SCTP packets with data channels.
Nothing may be raised, everything dropped is counted, memory stays bounded, and the call on the same port goes on.
"""

import argparse
import asyncio
import json
import random
import resource
import time
from collections.abc import Awaitable, Callable

from server.sfu import ice
from server.sfu.channels import Channels
from server.sfu.counters import Counters, Drop
from server.sfu.dtls import Association
from server.sfu.port import Port
from server.sfu.transport import Transport
from tests.sfu.connections import CERTIFICATES, Connection, Ear, connected, open_port, rtp
from tests.sfu.hostile import PASSWORD, UFRAG, altered, associations, checks, signed, with_checksum

EXAMPLES = 200_000
TAG, TSN = 77, 1000


async def fuzz_checks(rng: random.Random, examples: int, call: Connection) -> None:
    """Checks for a transport of known credentials, from its peer, from another's, and from strangers."""
    port = call.port
    transport = Transport(port, CERTIFICATES.current(), Ear())
    port.remove(transport.ufrag)
    transport._agent.credentials = ice.Credentials(UFRAG, PASSWORD)
    port.add(UFRAG, transport)
    originals = checks()
    sources: list[ice.Address] = [("127.0.0.1", 9), call.peer.local, *(("127.0.0.1", 1 + number) for number in range(40))]
    now_us = time.monotonic_ns() // 1000
    for number in range(examples):
        datagram = altered(rng, rng.choice(originals))
        if rng.random() < 0.8:  # the rest is stopped by its checksum
            datagram = signed(datagram, rng.randbytes(12))
        if datagram and datagram[0] >= 4:
            datagram = bytes(1) + datagram[1:]
        before = handled(port)
        take(port, datagram, rng.choice(sources), now_us + number * 2_000)
        assert handled(port) == before + 1, f"neither answered nor counted: {datagram.hex()}"
        if number % 500 == 0:
            await asyncio.sleep(0)
    assert port.counters.checks > examples // 20, "the fuzz did not come deep enough"
    assert len(transport._agent.paths) <= ice.PATHS and len(transport._agent._answered) <= ice.REMEMBERED
    assert len(port._answers._given) <= 20_000
    transport.close()
    await asyncio.gather(*transport._tasks)
    await call.peer.check()  # it may have lost its address meanwhile


async def fuzz_datagrams(rng: random.Random, examples: int, call: Connection) -> None:
    """Records and packets of the call's own peer, altered, and bytes of any kind."""
    port, now_us = call.port, call.transport._agent.heard_us
    recorded: list[bytes] = []
    send = call.peer.send
    call.peer.send = recorded.append  # type: ignore[method-assign,assignment]
    for number in range(20):
        call.peer.send_rtp(rtp(number, payload=rng.randbytes(rng.randrange(300))))
        call.peer.send_rtcp(b"\x81\xc9\x00\x07" + rng.randbytes(28))
        await call.peer.dtls._send_data(rng.randbytes(rng.randrange(1, 300)))
    call.peer.send = send  # type: ignore[method-assign]
    handshake = [bytes([kind]) + b"\xfe\xfd" + rng.randbytes(8) + b"\x00\x30" + rng.randbytes(48) for kind in (20, 21, 22, 23, 24)]
    for number in range(examples):
        datagram = altered(rng, rng.choice(recorded + handshake)) if rng.random() < 0.9 else rng.randbytes(rng.randrange(200))
        if datagram and datagram[0] < 4:
            continue
        take(port, datagram, call.peer.local, now_us)
        if number % 50 == 0:
            call.transport.tick(now_us)
            await asyncio.sleep(0)
    await call.peer.check()
    assert call.ear.closed == [] and not call.transport._association._undelivered


class Owner:
    """Whose channels are fuzzed."""

    def __init__(self) -> None:
        self.messages = 0
        self.ended: list[str] = []

    def receive_message(self, label: str, message: bytes) -> None:
        self.messages += 1

    def end(self, why: str) -> None:
        self.ended.append(why)


async def fuzz_data(rng: random.Random, examples: int, call: Connection) -> None:
    """SCTP packets that the DTLS association has decrypted; whoever goes too far is ended, and the next comes."""
    counters, owner = Counters(), Owner()
    messages = ended = 0
    channels: Channels | None = None
    for number in range(examples):
        if channels is None or owner.ended or number % 25 == 0:
            messages, ended = messages + owner.messages, ended + len(owner.ended)
            if channels is not None:
                await channels.close()
            owner = Owner()
            channels = await _established(counters, owner)
        expected = (channels._sctp._last_received_tsn or 0) + rng.choice((1, 1, 1, 2, 3))
        packet = altered(rng, rng.choice(associations(TAG, expected % 2**32)), keep=8 if rng.random() < 0.95 else 0)
        await channels._handle_data(with_checksum(packet))
        channels.tick(0)
        if number % 500 == 0:
            await asyncio.sleep(0)
    assert channels is not None
    await channels.close()
    assert messages > examples // 50 and ended > 0, "the fuzz did not come deep enough"


async def _established(counters: Counters, owner: Owner) -> Channels:
    association = Association(CERTIFICATES.current(), counters, lambda datagram: None, lambda: None)
    channels = Channels(association, counters, owner)
    await channels.start()
    sctp = channels._sctp
    sctp._local_verification_tag = TAG
    sctp._last_received_tsn = TSN - 1
    sctp._ssthresh = 65536
    sctp._t1_cancel()
    sctp._set_state(sctp.State.ESTABLISHED)
    await channels._handle_data(with_checksum(associations(TAG, TSN)[0]))
    return channels


def handled(port: Port) -> int:
    """Datagrams answered, or dropped and counted."""
    return port.counters.checks + port.counters.dropped - port.counters.drops[Drop.SEND_BLOCKED]


def take(port: Port, datagram: bytes, address: ice.Address, now_us: int) -> None:
    """What the port does with a datagram, without the socket."""
    port.view[: len(datagram)] = datagram
    try:
        port._take(len(datagram), address, now_us)
    except Exception:
        print("raised by", datagram.hex())
        raise


async def run(examples: int, seed: int) -> dict[str, object]:
    """All three; the figures to print."""
    figures: dict[str, object] = {"examples_each": examples, "seed": seed}
    programs: dict[str, Callable[[random.Random, int, Connection], Awaitable[None]]] = {
        "stun": fuzz_checks,
        "datagrams": fuzz_datagrams,
        "sctp": fuzz_data,
    }
    async with open_port() as port, connected(port, check_every_s=1.0) as call:
        for name, program in programs.items():
            began, memory = time.perf_counter(), _resident_mib()
            await program(random.Random(f"{name} {seed}"), examples, call)
            figures[f"{name}_s"] = round(time.perf_counter() - began, 1)
            figures[f"{name}_grown_mib"] = grown = round(_resident_mib() - memory, 1)
            assert grown < 64, f"{name}: {grown} MiB more"
            print(
                name, figures[f"{name}_s"], "s", {reason.value: count for reason, count in port.counters.drops.items() if count}, flush=True
            )
        await call.peer.check()
        call.peer.send_rtp(rtp(60_000))
        await call.ear.heard(lambda ear: ear.rtp and ear.rtp[-1] == rtp(60_000))
        figures["faults"] = port.counters.faults
    return figures


def _resident_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Prints the figures as the last line."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--examples", type=int, default=EXAMPLES)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    chosen = arguments.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    print(json.dumps(asyncio.run(run(chosen.examples, chosen.seed))))
