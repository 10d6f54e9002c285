"""What strangers and hostile participants send: everything is dropped and counted, and nobody's call suffers."""

import asyncio
import random
import socket
import struct
import time

import pytest
from aioice import stun

from server.sfu import ice
from server.sfu.counters import Drop
from server.sfu.port import Port
from server.sfu.stun import read_check
from tests.peers.media import PATIENCE_S, MediaPeer, media_peer
from tests.sfu.connections import Connection, connected, open_port, rtcp, rtp

RNG = random.Random(94)
CLIENT_HELLO_HEAD = b"\x16\xfe\xff\x00\x00\x00\x00\x00\x00\x00\x00"
GARBAGE = {
    "nothing": (b"", Drop.EMPTY),
    "as much as UDP carries": (bytes([0x80]) + bytes(65_000), Drop.OVERSIZED),
    "a checksum short of a check": (b"\x00\x01\x00\x08\x21\x12\xa4\x42" + bytes(12), Drop.STUN_MALFORMED),
    "media": (rtp(1) + bytes(40), Drop.STRANGER),
    "reports": (rtcp() + bytes(40), Drop.STRANGER),
    "a handshake": (CLIENT_HELLO_HEAD + b"\x00\x20" + bytes(32), Drop.STRANGER),
    "the other protocols of RFC 7983": (b"\x41" + bytes(60), Drop.STRANGER),
    "anything": (RNG.randbytes(700)[1:].join([b"\xff", b""]), Drop.STRANGER),
}


@pytest.mark.parametrize("name", GARBAGE)
async def test_a_flood_of_strangers_harms_no_call_and_is_counted(name: str) -> None:
    datagram, reason = GARBAGE[name]
    async with open_port() as port, connected(port) as call:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for number in range(40):
                for _ in range(10):
                    stranger.sendto(datagram, port.advertised[0])
                call.peer.send_rtp(rtp(number))
                await call.ear.heard(lambda ear: ear.rtp and ear.rtp.pop())
        assert port.counters.drops[reason] == port.counters.dropped == 400


async def test_garbage_of_each_kind_from_a_participant_harms_no_call_not_even_its_own() -> None:
    async with open_port() as port, connected(port) as call:
        for first in (*range(4, 256, 7), 20, 22, 23, 128, 144):
            for length in (1, 2, 11, 12, 13, 28, 200, 1500, 2048):
                call.peer.send(bytes([first]) + RNG.randbytes(length - 1))
        call.peer.send_rtp(rtp(7))
        await call.ear.heard(lambda ear: ear.rtp)
        assert call.ear.rtp == [rtp(7)] and call.ear.closed == []


async def test_a_handshake_from_an_address_without_a_check_comes_to_nobody_and_the_true_one_succeeds() -> None:
    async with open_port() as port, media_peer() as stranger:
        connection = Connection(port)
        connection.transport.set_remote(connection.peer.fingerprints)
        stranger.aim(port.advertised[0], connection.transport.ufrag, connection.transport.password)
        shaking = asyncio.create_task(stranger.shake_hands([connection.transport.fingerprint]))
        await connection.establish()
        await port_has(port, Drop.STRANGER)
        shaking.cancel()
        await asyncio.gather(shaking, return_exceptions=True)
        assert connection.ear.connected == 1 and port.counters.handshakes == 1
        connection.peer.send_rtp(rtp(1))
        await connection.ear.heard(lambda ear: ear.rtp)
        await connection.close()


async def test_a_handshake_from_elsewhere_in_the_middle_of_a_call_comes_to_nobody() -> None:
    async with open_port() as port, connected(port) as call, media_peer() as stranger:
        stranger.aim(port.advertised[0], call.transport.ufrag, call.transport.password)
        shaking = asyncio.create_task(stranger.shake_hands([call.transport.fingerprint]))
        await port_has(port, Drop.STRANGER)
        shaking.cancel()
        await asyncio.gather(shaking, return_exceptions=True)
        call.peer.send_rtp(rtp(1))
        await call.ear.heard(lambda ear: ear.rtp)


async def port_has(port: Port, reason: Drop) -> None:
    """Waits until the port has dropped something for this reason: its own answers to checks are the clock."""
    async with media_peer() as clock:
        connection = Connection(port)
        clock.aim(port.advertised[0], connection.transport.ufrag, connection.transport.password)
        async with asyncio.timeout(PATIENCE_S):
            while not port.counters.drops[reason]:
                await clock.check()
        await connection.close()


async def test_a_check_with_a_wrong_password_is_neither_answered_nor_believed() -> None:
    async with open_port() as port, connected(port) as call, media_peer() as stranger:
        stranger.aim(port.advertised[0], call.transport.ufrag, "wrong" * 5)
        with pytest.raises(TimeoutError):
            await stranger.check(tries=2, wait_s=0.1)
        assert port.counters.drops[Drop.STUN_FORGED] == 2 and call.transport.address == call.peer.local
        stranger.aim(port.advertised[0], "unknown1", "wrong" * 5)
        with pytest.raises(TimeoutError):
            await stranger.check(tries=2, wait_s=0.1)
        assert port.counters.drops[Drop.STUN_UNKNOWN] == 2


async def test_a_check_sent_again_from_elsewhere_moves_nobody() -> None:
    async with open_port() as port, connected(port) as call, media_peer() as stranger:
        overheard = call.peer.build_check()
        call.peer.send(overheard)
        await call.peer.check()
        stranger.aim(port.advertised[0], "", "")
        stranger.send(overheard)
        await port_has(port, Drop.STUN_REPLAYED)
        assert call.transport.address == call.peer.local and call.ear.moved == 0
        call.peer.send(overheard)  # from where it came, it is only repeated
        await call.peer.check()
        assert port.counters.drops[Drop.STUN_REPLAYED] == 1


async def test_a_participant_cannot_take_the_address_of_another() -> None:
    async with open_port() as port, connected(port) as call:
        thief = Connection(port)
        call.peer.aim(port.advertised[0], thief.transport.ufrag, thief.transport.password)
        with pytest.raises(TimeoutError):
            await call.peer.check(tries=2, wait_s=0.1)
        assert port.counters.drops[Drop.STUN_TAKEN] == 2 and thief.transport.address is None
        call.transport._agent.paths[call.peer.local] -= ice.QUIET_US + 1  # nobody has been there for a while
        await call.peer.check()
        assert thief.transport.address == call.peer.local
        await thief.close()


async def test_one_source_gets_fifty_answers_a_second() -> None:
    async with open_port() as port, connected(port, check_every_s=60.0) as call:
        checks = port.counters.checks
        for _ in range(300):
            call.peer.send(call.peer.build_check())
        call.peer.send_rtp(rtp(1))
        await call.ear.heard(lambda ear: ear.rtp)
        answered = port.counters.checks - checks
        assert answered + port.counters.drops[Drop.STUN_FLOOD] == 300
        assert 49 <= answered <= 150  # they may fall into two seconds


def test_answers_are_counted_by_source_and_by_transport() -> None:
    answers = ice.Answers()
    for number in range(50):
        assert not answers.are_spent(("192.0.2.1", 1), 1_000_000 + number) and answers.take(("192.0.2.1", 1), "a")
    assert answers.are_spent(("192.0.2.1", 1), 1_999_999) and not answers.take(("192.0.2.1", 1), "a")
    assert [answers.take(("192.0.2.1", port), "a") for port in range(2, 203)] == [True] * 200 + [False]
    assert answers.take(("192.0.2.1", 2), "b")
    assert not answers.are_spent(("192.0.2.1", 1), 2_000_000) and answers.take(("192.0.2.1", 1), "a")


def test_an_answer_is_at_most_half_as_long_again_as_the_shortest_check() -> None:
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes={"USERNAME": "abcdefgh:i"})
    request.add_message_integrity(b"password")
    for extra in ({}, {"ICE-CONTROLLED": 1}):
        request.attributes = {"USERNAME": "abcdefgh:i", **extra}
        request.add_message_integrity(b"password")
        check = read_check(bytes(request), "abcdefgh")
        assert check is not None and check.conflicting is bool(extra)
        for address in (("192.0.2.1", 1), ("2001:db8::1", 1, 0, 0), ("::ffff:192.0.2.1", 1, 0, 0)):
            assert len(ice.answer(check, address, "password")) <= 1.5 * len(bytes(request))


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (("192.0.2.1", 5), ("192.0.2.1", 5)),
        (("2001:db8::1", 65535, 0, 0), ("2001:db8::1", 65535)),
        (("fe80::1%eth0", 5, 0, 2), ("fe80::1", 5)),
        (("::ffff:192.0.2.1", 5, 0, 0), ("192.0.2.1", 5)),
    ],
)
def test_a_signed_answer_tells_the_peers_address_as_the_peer_knows_it(address: ice.Address, told: tuple[str, int]) -> None:
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes={"USERNAME": "abcdefgh:i"})
    request.add_message_integrity(b"password")
    check = read_check(bytes(request), "abcdefgh")
    assert check is not None
    response = stun.parse_message(ice.answer(check, address, "password"))
    assert (response.message_class, response.transaction_id) == (stun.Class.RESPONSE, request.transaction_id)
    assert response.attributes["XOR-MAPPED-ADDRESS"] == told and response.check_message_integrity(b"password")


async def test_a_peer_that_takes_itself_for_the_controlled_one_is_told_of_the_conflict() -> None:
    async with open_port() as port, media_peer() as peer:
        connection = Connection(port)
        peer.aim(port.advertised[0], connection.transport.ufrag, connection.transport.password)
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes = {"USERNAME": f"{connection.transport.ufrag}:x", "ICE-CONTROLLED": 1}
        request.add_message_integrity(connection.transport.password.encode())
        answered = peer._answers[request.transaction_id] = asyncio.get_running_loop().create_future()
        peer.send(bytes(request))
        response = await asyncio.wait_for(answered, PATIENCE_S)
        assert response.error_code == 487 and connection.transport.address is None
        await connection.close()


async def test_media_sent_again_or_altered_is_dropped_and_the_call_goes_on() -> None:
    async with open_port() as port, connected(port) as call:
        protected = call.peer.dtls._tx_srtp.protect(rtp(1))
        report = call.peer.dtls._tx_srtp.protect_rtcp(rtcp())
        for datagram in (protected, protected, report, report, protected[:-1] + b"\x00", protected[:20], protected[:12], protected[:5]):
            call.peer.send(datagram)
        call.peer.send(report[:-1] + bytes([report[-1] ^ 1]))
        call.peer.send_rtp(rtp(2))
        await call.ear.heard(lambda ear: len(ear.rtp) == 2)
        assert call.ear.rtp == [rtp(1), rtp(2)] and call.ear.rtcp == [rtcp()]
        drops = port.counters.drops
        assert drops[Drop.SRTP_REPLAYED] + drops[Drop.SRTP_FAILED] == port.counters.dropped == 7 and drops[Drop.SRTP_REPLAYED] >= 2


async def test_media_before_the_handshake_is_dropped() -> None:
    async with open_port() as port:
        connection = Connection(port)
        await connection.peer.check()
        connection.peer.send(rtp(1))
        await connection.peer.check()
        assert port.counters.drops[Drop.EARLY] == 1
        await connection.close()


async def test_a_participant_that_floods_is_capped_and_others_lose_nothing() -> None:
    async with open_port(media_per_s=100) as port, connected(port) as call, connected(port) as flooder:
        began_s = time.monotonic()
        for number in range(20):
            for step in range(50):
                flooder.peer.send_rtp(rtp(50 * number + step))
            call.peer.send_rtp(rtp(number))
            await call.ear.heard(lambda ear: ear.rtp and ear.rtp.pop())
        seconds = time.monotonic() - began_s + 2  # an allowance for each second that was begun
        assert len(flooder.ear.rtp) <= 100 * seconds and len(flooder.ear.rtp) + port.counters.drops[Drop.FLOOD] == 1000


async def test_sources_beyond_the_limit_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.sfu.srtp.STREAMS", 3)
    async with open_port() as port, connected(port) as call:
        for ssrc in (1, 2, 3, 4, 5, 1):
            call.peer.send_rtp(rtp(ssrc + len(call.ear.rtp), ssrc))
        call.peer.send_rtp(rtp(900, 2))
        await call.ear.heard(lambda ear: ear.rtp and ear.rtp[-1] == rtp(900, 2))
        assert port.counters.drops[Drop.SSRC_EXCESS] == 2


async def test_handshakes_that_wait_for_an_answer_that_never_comes_are_bounded() -> None:
    async with open_port() as port:
        connection = Connection(port)
        await connection.peer.check()
        for _ in range(30):
            for _ in range(10):
                connection.peer.send(CLIENT_HELLO_HEAD + b"\x00\x20" + bytes(32))
            await connection.peer.check()
        assert port.counters.drops[Drop.DTLS_EXCESS] == 300 - 256
        await connection.close()


async def test_data_beyond_the_allowance_of_a_second_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.sfu.transport.DATA_PER_S", 10)
    async with open_port() as port, connected(port) as call, connected(port) as other:
        call.transport.tick(0)
        began_s = time.monotonic()
        for _ in range(200):
            call.peer.send(b"\x17\xfe\xfd\x00\x01" + struct.pack("!Q", 5)[2:] + b"\x00\x20" + bytes(32))
        other.peer.send_rtp(rtp(1))
        await other.ear.heard(lambda ear: ear.rtp)
        assert port.counters.drops[Drop.FLOOD] >= 200 - 10 * (time.monotonic() - began_s + 2) and call.ear.closed == []


async def test_a_peer_has_no_more_than_eight_addresses() -> None:
    async with open_port() as port, connected(port) as call:
        others = []
        for _ in range(12):
            other = MediaPeer()
            other.aim(port.advertised[0], call.transport.ufrag, call.transport.password)
            await other.check(nominate=False)
            others.append(other)
        assert len(call.transport._agent.paths) == ice.PATHS == len(port._by_address)
        assert call.transport.address == call.peer.local
        for other in others:
            await other.close(silently=True)
