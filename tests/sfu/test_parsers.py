"""The parsers of the transport on what is nearly right: they drop it and never raise. The long runs are ``tests.soak fuzz_transport``."""

import random

import pytest
from aiortc.rtcsctptransport import parse_packet
from hypothesis import given
from hypothesis import strategies as st

from server.sfu import stun
from server.sfu.sctp import is_acceptable
from tests.sfu.hostile import PASSWORD, UFRAG, altered, associations, checks, signed, with_checksum
from tests.soak.fuzz_transport import run

SEEDS = st.integers(0, 2**64)


@given(SEEDS)
def test_a_check_that_is_nearly_right_is_read_or_dropped(seed: int) -> None:
    rng = random.Random(seed)
    datagram = altered(rng, rng.choice(checks()))
    if rng.random() < 0.8:
        datagram = signed(datagram, rng.randbytes(12))
    ufrag = stun.read_ufrag(datagram)
    check = stun.read_check(datagram, ufrag) if ufrag is not None else None
    if check is not None:
        assert check.ufrag == ufrag
        check.is_signed_with(PASSWORD)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_no_check(datagram: bytes) -> None:
    assert stun.read_check(datagram, stun.read_ufrag(datagram) or UFRAG) is None


def test_a_right_check_is_read() -> None:
    check = stun.read_check(checks()[0], UFRAG)
    assert check is not None and stun.read_ufrag(checks()[0]) == check.ufrag == UFRAG and check.nominated and not check.conflicting
    assert check.is_signed_with(PASSWORD)


def test_a_check_with_two_user_names_is_dropped() -> None:
    datagram = checks()[0]
    name = datagram[20 : 20 + 4 + 16]
    assert stun.read_check(signed(datagram[:20] + name + datagram[20:], bytes(12)), UFRAG) is not None
    assert stun.read_check(signed(datagram[:20] + name.replace(b"abcd", b"efgh") + datagram[20:], bytes(12)), "efghefgh") is None


@pytest.mark.parametrize("missing", [b"\x80\x28", b"\x00\x08"])
def test_a_check_without_fingerprint_or_integrity_is_dropped(missing: bytes) -> None:
    datagram = checks()[0]
    assert stun.read_check(datagram.replace(missing, b"\x80\x99"), UFRAG) is None


@given(SEEDS)
def test_what_is_acceptable_is_parsed_without_a_word(seed: int) -> None:
    rng = random.Random(seed)
    packet = with_checksum(altered(rng, rng.choice(associations(1, 1))))
    if is_acceptable(packet):
        parse_packet(packet)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_acceptable_or_not(packet: bytes) -> None:
    is_acceptable(packet)


@pytest.mark.parametrize("packet", associations(1, 1))
def test_every_right_packet_is_acceptable(packet: bytes) -> None:
    assert is_acceptable(packet)


async def test_the_long_fuzz_of_every_parser_holds_for_a_short_while() -> None:
    figures = await run(2_000, 7)
    assert figures["faults"] == 0
