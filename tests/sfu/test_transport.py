"""A peer connects, sends, receives, moves and leaves."""

import asyncio
import datetime

import pytest

from server.kernel.refused import Refused
from server.sfu.counters import Drop
from server.sfu.dtls import Certificates
from tests.peers.media import PATIENCE_S, MediaPeer
from tests.sfu.connections import Connection, connected, open_port, rtcp, rtp


async def test_a_peer_connects_and_media_flows_both_ways() -> None:
    async with open_port() as port, connected(port) as connection:
        came: asyncio.Queue[bytes] = asyncio.Queue()
        connection.peer.on_rtp = connection.peer.on_rtcp = came.put_nowait
        connection.peer.send_rtp(rtp(1))
        connection.peer.send_rtcp(rtcp())
        await connection.ear.heard(lambda ear: ear.rtp and ear.rtcp)
        assert connection.ear.rtp == [rtp(1)] and connection.ear.rtcp == [rtcp()]
        assert connection.transport.send_rtp(rtp(2)) and connection.transport.send_rtcp(rtcp())
        assert {await came.get(), await came.get()} == {rtp(2), rtcp()}
        assert connection.transport.state == "connected" and connection.transport.address == connection.peer.local
        assert port.counters.dropped == 0


async def test_the_cheapest_cipher_is_preferred() -> None:
    async with open_port() as port, connected(port) as connection:
        assert connection.transport.profile == connection.peer.profile == "SRTP_AEAD_AES_128_GCM"


async def test_a_peer_with_another_certificate_than_announced_gets_no_keys() -> None:
    async with open_port() as port:
        connection = Connection(port)
        wrong = [("sha-256", ":".join(["AB"] * 32))]
        connection.transport.set_remote(wrong)
        transport = connection.transport
        connecting = asyncio.create_task(
            connection.peer.connect(port.advertised[0], transport.ufrag, transport.password, [transport.fingerprint])
        )
        await connection.ear.heard(lambda ear: ear.closed)
        assert connection.ear.closed == ["handshake_failed"] and transport.state == "closed" and transport.sending is None
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
        await connection.close()


async def test_no_known_fingerprint_is_refused() -> None:
    async with open_port() as port:
        connection = Connection(port)
        for bad in ([], [("md5", "00:11")]):
            with pytest.raises(Refused, match="bad_fingerprint"):
                connection.transport.set_remote(bad)
        connection.transport.set_remote(connection.peer.fingerprints)
        connection.transport.set_remote(connection.peer.fingerprints)
        with pytest.raises(Refused, match="fingerprint_changed"):
            connection.transport.set_remote([("sha-256", ":".join(["AB"] * 32))])
        await connection.close()


async def test_a_handshake_that_comes_before_the_answer_waits_for_it() -> None:
    async with open_port() as port:
        connection = Connection(port)
        transport, peer = connection.transport, connection.peer
        await peer.check()
        shaking = asyncio.create_task(peer.shake_hands([transport.fingerprint]))
        await peer.check()  # its answer says that the first message of the handshake has come too
        assert port.counters.datagrams_in == 3 and not shaking.done()
        transport.set_remote(peer.fingerprints)
        await shaking
        await connection.ear.heard(lambda ear: ear.connected)
        await connection.close()


async def test_a_server_that_holds_still_for_a_while_is_asked_until_it_answers() -> None:
    async with open_port() as port:
        connection = Connection(port)
        loop, send, enough = asyncio.get_running_loop(), connection.peer.send, asyncio.Event()
        asked: list[bytes] = []

        def ask(datagram: bytes) -> None:
            send(datagram)
            asked.append(datagram)
            if len(asked) == 20:
                enough.set()

        connection.peer.send = ask  # type: ignore[method-assign]
        loop.remove_reader(port.socket.fileno())
        checking = asyncio.create_task(connection.peer.check(wait_s=0.01))
        await enough.wait()
        loop.add_reader(port.socket.fileno(), port._drain)
        await checking
        await connection.close()


async def test_a_call_goes_on_when_the_peer_moves_to_another_address() -> None:
    async with open_port() as port, connected(port) as connection:
        before = connection.transport.address
        await connection.peer.move()
        await connection.ear.heard(lambda ear: ear.moved)
        assert connection.transport.address == connection.peer.local != before
        connection.peer.send_rtp(rtp(1))
        await connection.ear.heard(lambda ear: ear.rtp)


async def test_a_check_that_nominates_nothing_moves_nobody() -> None:
    async with open_port() as port, connected(port) as connection:
        before = connection.transport.address
        other = MediaPeer()
        other.aim(port.advertised[0], connection.transport.ufrag, connection.transport.password)
        await other.check(nominate=False)
        assert connection.transport.address == before and connection.ear.moved == 0
        await other.close(silently=True)


async def test_ice_restarts_without_a_new_handshake() -> None:
    async with open_port() as port, connected(port) as connection:
        transport, peer = connection.transport, connection.peer
        old = transport.ufrag, transport.password
        transport.restart_ice()
        assert transport.ufrag != old[0] and transport.password != old[1]
        await peer.check()  # the old credentials are good until the new ones are used
        await peer.restart_ice(transport.ufrag, transport.password)
        peer.send_rtp(rtp(1))
        await connection.ear.heard(lambda ear: ear.rtp)
        peer.aim(port.advertised[0], *old)
        with pytest.raises(TimeoutError):
            await peer.check(tries=1)
        assert port.counters.drops[Drop.STUN_UNKNOWN] == 1 and port.counters.handshakes == 1


async def test_restarting_again_and_again_keeps_no_more_than_two_fragments() -> None:
    async with open_port() as port:
        connection = Connection(port)
        for _ in range(20):
            connection.transport.restart_ice()
        assert len(port._by_ufrag) == 2
        await connection.close()
        assert port.transports == []


async def test_a_peer_that_closes_ends_its_transport() -> None:
    async with open_port() as port, connected(port) as connection:
        await connection.peer.close()
        await connection.ear.heard(lambda ear: ear.closed)
        assert connection.ear.closed == ["peer_closed"] and port.transports == [] and port.counters.ends == {"peer_closed": 1}


async def test_who_closes_is_told_nothing_and_the_peer_is() -> None:
    async with open_port() as port, connected(port) as connection:
        ended = asyncio.Event()
        connection.peer.dtls.on("statechange", ended.set)
        connection.transport.close()
        connection.transport.close()
        await asyncio.wait_for(ended.wait(), PATIENCE_S)
        assert connection.peer.dtls.state == "closed" and connection.ear.closed == []
        assert not connection.transport.send_rtp(rtp(1)) and port._by_address == {}


async def test_a_peer_that_says_nothing_for_thirty_seconds_is_gone() -> None:
    async with open_port() as port, connected(port) as connection:
        heard_us = connection.transport._agent.heard_us
        connection.transport.tick(heard_us + 30_000_000)
        assert connection.ear.closed == []
        connection.transport.tick(heard_us + 30_000_001)
        assert connection.transport.state == "closed" and connection.ear.closed == ["silent"]
        assert not connection.transport.send_rtp(rtp(1))


async def test_a_handshake_that_does_not_end_in_time_ends_the_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.sfu.dtls.HANDSHAKE_S", 0.05)
    async with open_port() as port:
        connection = Connection(port)
        connection.transport.set_remote(connection.peer.fingerprints)
        await connection.peer.check()
        await connection.ear.heard(lambda ear: ear.closed)
        assert connection.ear.closed == ["handshake_failed"] and port.transports == []
        await connection.close()


async def test_a_transport_may_be_closed_in_the_middle_of_its_handshake() -> None:
    async with open_port() as port:
        connection = Connection(port)
        connection.transport.set_remote(connection.peer.fingerprints)
        await connection.peer.check()
        assert connection.transport.state == "connecting"
        await connection.close()
        await asyncio.gather(*connection.transport._tasks, return_exceptions=True)
        assert connection.ear.closed == [] and port._by_address == {} and port.transports == []


def test_a_certificate_is_kept_until_it_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    certificates = Certificates()
    first = certificates.current()
    assert certificates.current() is first
    monkeypatch.setattr("server.sfu.dtls.ROTATED_BEFORE", datetime.timedelta(days=31))
    assert certificates.current().getFingerprints() != first.getFingerprints()


async def test_a_full_port_refuses_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.sfu.port.TRANSPORTS", 1)
    async with open_port() as port:
        kept = [Connection(port), Connection(port)]
        with pytest.raises(Refused, match="server_full"):
            Connection(port)
        for connection in kept:
            await connection.close()


async def test_peers_reach_a_port_of_internet_protocol_six() -> None:
    async with open_port("::1") as port, connected(port) as connection:
        connection.peer.send_rtp(rtp(1))
        await connection.ear.heard(lambda ear: ear.rtp)


async def test_the_address_of_a_relay_is_advertised_as_given() -> None:
    async with open_port("0.0.0.0", advertised=("192.0.2.7", ("198.51.100.3", 4000))) as port:
        assert port.advertised == (("192.0.2.7", port.number), ("198.51.100.3", 4000))
