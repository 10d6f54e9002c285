"""Every fan-out back end does what ``server/sfu/fanout/contract.py`` says, bit for bit, under each viewer's own key."""

import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pylibsrtp import Policy, Session
from pylibsrtp import _binding as srtp

from server.sfu.fanout import build
from server.sfu.fanout.choosing import BACK_ENDS, open_sender
from server.sfu.fanout.contract import LONGEST_PACKET, Counts, Fan, NotThere, Sender, Viewer
from tests.peers.media import PATIENCE_S

PROFILES = {
    "AES128_CM_SHA1_80": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30),
    "AEAD_AES_128_GCM": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28),
    "AEAD_AES_256_GCM": (Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44),
}
SEQUENCE, TIMESTAMP, SSRC = 0xFFFE, 0xFFFFFF00, 0x11223344
PICTURE_AT, TL0_AT = 2, 4
EXTENSIONS = struct.pack("!HH", 0xBEDE, 1) + bytes([0x10, 7, 0, 0])
PAYLOAD_AT = 12 + len(EXTENSIONS)


def rtp(sequence: int, payload: bytes = b"\x90\xc0\xff\xfe\xff" + bytes(100), *, marker: bool = True) -> bytes:
    head = struct.pack("!BBHLL", 0x90, marker << 7 | 100, sequence & 0xFFFF, TIMESTAMP, SSRC)
    return head + EXTENSIONS + payload


class Screen:
    """A viewer's end: a socket, its key, and what arrived there in the clear."""

    def __init__(self, sender: Sender, profile: str = "AEAD_AES_128_GCM", family: socket.AddressFamily = socket.AF_INET) -> None:
        kind, length = PROFILES[profile]
        key = os.urandom(length)
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self.socket.settimeout(PATIENCE_S)
        self.protecting = Session(Policy(key=key, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=kind))
        self.unprotecting = Session(Policy(key=key, ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=kind))
        self.outlet = sender.outlet()

    def connect(self) -> None:
        self.outlet.connect(int(srtp.ffi.cast("uintptr_t", self.protecting._srtp[0])), self.socket.getsockname())

    def received(self, count: int) -> list[bytes]:
        """The next packets; fails when fewer come."""
        return [self.unprotecting.unprotect(self.socket.recv(4096)) for _ in range(count)]

    def nothing_waits(self) -> bool:
        """Asked after a flush: on loopback, what was sent has arrived."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(4096)
        except BlockingIOError:
            return True
        finally:
            self.socket.settimeout(PATIENCE_S)
        return False


NewScreen = Callable[..., Screen]


@pytest.fixture
def new_screen() -> Iterator[NewScreen]:
    with ExitStack() as open_sockets:

        def make(*arguments: Any) -> Screen:
            screen = Screen(*arguments)
            open_sockets.enter_context(screen.socket)
            return screen

        yield make


@pytest.fixture(params=list(BACK_ENDS))
def sender(request: pytest.FixtureRequest) -> Iterator[Sender]:
    assert build.build(), "the tests compile the fan-out: a C compiler is needed"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.setblocking(False)
        opened = open_sender(out.fileno(), request.param)
        yield opened
        opened.close()


def watching(sender: Sender, fan: Fan, screen: Screen, *, ssrc: int = 1, payload_type: int = 96, first: int = 0) -> Viewer:
    screen.connect()
    viewer = sender.viewer(screen.outlet, ssrc, payload_type)
    viewer.renumber(first=first, sequence_offset=0, timestamp_offset=0)
    fan.add(viewer)
    return viewer


def test_the_back_end_says_its_name(sender: Sender) -> None:
    assert BACK_ENDS[sender.name] is type(sender)


@pytest.mark.parametrize("profile", list(PROFILES))
def test_each_viewer_gets_its_own_numbers_under_its_own_key(sender: Sender, profile: str, new_screen: NewScreen) -> None:
    fan, screens = sender.fan(), [new_screen(sender, profile) for _ in range(5)]
    for i, screen in enumerate(screens):
        watching(sender, fan, screen, ssrc=0xA0000000 + i, payload_type=90 + i).renumber(
            first=0, sequence_offset=1000 * i - 1, timestamp_offset=77 * i - 1, picture_offset=i, tl0_offset=i
        )
    fan.send(rtp(SEQUENCE), SEQUENCE, PAYLOAD_AT, PICTURE_AT, 15, TL0_AT)
    sender.flush()
    for i, screen in enumerate(screens):
        picture = 0x8000 | (0x7FFE + i) & 0x7FFF
        sequence, timestamp = (SEQUENCE + 1000 * i - 1) & 0xFFFF, (TIMESTAMP + 77 * i - 1) & 0xFFFFFFFF
        head = struct.pack("!BBHLL", 0x90, 0x80 | 90 + i, sequence, timestamp, 0xA0000000 + i) + EXTENSIONS
        assert screen.received(1) == [head + b"\x90\xc0" + struct.pack("!HB", picture, (0xFF + i) & 0xFF) + bytes(100)]
        assert screen.nothing_waits()


def test_a_picture_id_of_seven_bits_stays_one_of_seven_bits(sender: Sender, new_screen: NewScreen) -> None:
    fan, screen = sender.fan(), new_screen(sender)
    watching(sender, fan, screen).renumber(first=0, sequence_offset=0, timestamp_offset=0, picture_offset=3, tl0_offset=9)
    fan.send(rtp(1, b"\x90\x80\x7e\x55"), 1, PAYLOAD_AT, PICTURE_AT, 7, 0)
    sender.flush()
    assert screen.received(1)[0][PAYLOAD_AT:] == b"\x90\x80\x01\x55"


def test_a_frame_arrives_whole_and_in_order_at_every_viewer(sender: Sender, new_screen: NewScreen) -> None:
    """Packets of one wake-up, equally long and not, more viewers than one batch of copies takes."""
    fan, screens = sender.fan(), [new_screen(sender) for _ in range(150)]
    for i, screen in enumerate(screens):
        watching(sender, fan, screen, ssrc=i + 1)
    frame = [rtp(n, bytes([n]) * length) for n, length in enumerate([900, 900, 901, 901, 901, 900, 12, 900, 0, 1100, 1100, 3])]
    for n, packet in enumerate(frame):
        fan.send(packet, n, PAYLOAD_AT)
    sender.flush()
    for screen in screens:
        assert [packet[PAYLOAD_AT:] for packet in screen.received(len(frame))] == [packet[PAYLOAD_AT:] for packet in frame]
        assert screen.nothing_waits()
    assert sender.totals().sent == len(frame) * len(screens)


def test_the_packets_of_several_fans_reach_each_its_own_viewers(sender: Sender, new_screen: NewScreen) -> None:
    fans, screens = [sender.fan(), sender.fan()], [new_screen(sender), new_screen(sender)]
    for fan, screen in zip(fans, screens, strict=True):
        watching(sender, fan, screen)
    for n in range(100):  # more than one batch accepts
        fans[n % 2].send(rtp(n, bytes([n])), n, PAYLOAD_AT)
    sender.flush()
    for start, screen in enumerate(screens):
        assert [packet[PAYLOAD_AT] for packet in screen.received(50)] == list(range(start, 100, 2))


def test_viewers_with_different_ciphers_and_address_families_watch_together(new_screen: NewScreen) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as out:
        for name in BACK_ENDS:
            sender = open_sender(out.fileno(), name)
            fan, screens = sender.fan(), [new_screen(sender, profile, socket.AF_INET6) for profile in PROFILES]
            for screen in screens:
                watching(sender, fan, screen)
            fan.send(rtp(9), 9, PAYLOAD_AT)
            sender.flush()
            assert [screen.received(1)[0][2:4] for screen in screens] == [b"\0\x09"] * 3
            sender.close()


def test_who_has_left_gets_nothing_and_the_others_miss_nothing(sender: Sender, new_screen: NewScreen) -> None:
    fan, screens = sender.fan(), [new_screen(sender) for _ in range(3)]
    viewers = [watching(sender, fan, screen) for screen in screens]
    fan.send(rtp(1), 1, PAYLOAD_AT)
    fan.remove(viewers[1])
    fan.remove(viewers[1])
    fan.send(rtp(2), 2, PAYLOAD_AT)
    sender.flush()
    assert [len(fan), *(len(screen.received(2)) for screen in (screens[0], screens[2]))] == [2, 2, 2]
    assert len(screens[1].received(1)) == 1
    assert screens[1].nothing_waits()


def test_nothing_goes_where_nobody_is_connected(sender: Sender, new_screen: NewScreen) -> None:
    fan, screen = sender.fan(), new_screen(sender)
    viewer = watching(sender, fan, screen)
    screen.outlet.disconnect()
    fan.send(rtp(1), 1, PAYLOAD_AT)
    sender.flush()
    assert screen.nothing_waits()
    screen.connect()
    fan.send(rtp(2), 2, PAYLOAD_AT)
    sender.flush()
    assert len(screen.received(1)) == 1
    assert viewer.counts().packets == 1


def test_packets_follow_a_viewer_to_its_new_address(sender: Sender, new_screen: NewScreen) -> None:
    fan, screen = sender.fan(), new_screen(sender)
    watching(sender, fan, screen)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
        elsewhere.bind(("127.0.0.1", 0))
        elsewhere.settimeout(PATIENCE_S)
        screen.outlet.move(elsewhere.getsockname())
        fan.send(rtp(1), 1, PAYLOAD_AT)
        sender.flush()
        assert screen.unprotecting.unprotect(elsewhere.recv(4096))[12:] == rtp(1)[12:]


def test_what_is_older_than_a_viewers_first_packet_is_not_for_it(sender: Sender, new_screen: NewScreen) -> None:
    fan, early, late = sender.fan(), new_screen(sender), new_screen(sender)
    watching(sender, fan, early, first=5)
    viewer = watching(sender, fan, late, first=70_000)
    for sequence in (70_000, 69_999, 70_001, 4):
        fan.send(rtp(sequence), sequence, PAYLOAD_AT)
    sender.flush()
    assert [packet[2:4] for packet in early.received(3)] == [struct.pack("!H", n & 0xFFFF) for n in (70_000, 69_999, 70_001)]
    assert [packet[2:4] for packet in late.received(2)] == [struct.pack("!H", n & 0xFFFF) for n in (70_000, 70_001)]
    assert early.nothing_waits() and late.nothing_waits()
    assert viewer.counts() == Counts(2, 2 * 105)


def test_counts_survive_a_change_of_fan(sender: Sender, new_screen: NewScreen) -> None:
    fans, screen = [sender.fan(), sender.fan()], new_screen(sender)
    viewer = watching(sender, fans[0], screen)
    fans[0].send(rtp(1, b"abc"), 1, PAYLOAD_AT)
    fans[0].remove(viewer)
    fans[1].add(viewer)
    fans[1].send(rtp(2, b"abcd"), 2, PAYLOAD_AT)
    fans[0].send(rtp(3, b"abcde"), 3, PAYLOAD_AT)
    sender.flush()
    assert viewer.counts() == Counts(2, 7)


def test_what_the_context_refuses_is_not_sent_and_is_counted(sender: Sender, new_screen: NewScreen) -> None:
    """A sequence number far older than what was protected: libsrtp will not use its key stream twice."""
    fan, healthy, stuck = sender.fan(), new_screen(sender), new_screen(sender)
    watching(sender, fan, healthy)
    viewer = watching(sender, fan, stuck, ssrc=7)
    for sequence in (20_000, 30_000):
        stuck.protecting.protect(struct.pack("!BBHLL", 0x80, 96, sequence, 0, 7))
    fan.send(rtp(5), 5, PAYLOAD_AT)
    sender.flush()
    assert len(healthy.received(1)) == 1
    assert stuck.nothing_waits()
    assert sender.totals().unprotected == 1
    assert viewer.counts().packets == 0


def test_an_address_that_cannot_be_reached_costs_only_its_own_packets(sender: Sender, new_screen: NewScreen) -> None:
    fan, lost, screen = sender.fan(), new_screen(sender), new_screen(sender)
    watching(sender, fan, lost)
    lost.outlet.move(("255.255.255.255", 9))  # no broadcast without SO_BROADCAST
    watching(sender, fan, screen)
    fan.send(rtp(1), 1, PAYLOAD_AT)
    fan.send(rtp(2), 2, PAYLOAD_AT)
    sender.flush()
    assert len(screen.received(2)) == 2
    assert (sender.totals().sent, sender.totals().refused) == (2, 2)


def test_an_oversized_packet_goes_to_nobody_and_is_counted(sender: Sender, new_screen: NewScreen) -> None:
    fan, screen = sender.fan(), new_screen(sender)
    watching(sender, fan, screen)
    fan.send(rtp(1, bytes(LONGEST_PACKET)), 1, PAYLOAD_AT)
    fan.send(rtp(2, bytes(LONGEST_PACKET - PAYLOAD_AT)), 2, PAYLOAD_AT)
    sender.flush()
    assert [packet[2:4] for packet in screen.received(1)] == [b"\0\x02"]
    assert screen.nothing_waits()
    assert sender.totals().oversized == 1


def test_a_back_end_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        with pytest.raises(NotThere, match=r"server\.sfu\.fanout\.build"):
            open_sender(out.fileno(), "compiled")
        assert open_sender(out.fileno()).name == "cffi"
        with pytest.raises(NotThere, match="no-such"):
            open_sender(out.fileno(), "no-such")
