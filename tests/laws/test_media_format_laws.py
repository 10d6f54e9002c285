"""Whatever bytes arrive, the readers of media say what they are or that they are nothing: they never raise, and never read past the end."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.media import rtcp, rtp
from rooms.media.arrivals import Arrivals
from rooms.media.feedback import TransportFeedback
from tests.rooms.media.damage import RTCP, RTP, VIDEO, check_numbers, check_payload, check_rtcp, check_rtp, damaged

chance = st.integers(0, 2**32 - 1).map(random.Random)
laws = settings(max_examples=200, deadline=None)


def nearly(seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    """Any bytes, and these seeds a little damaged."""
    return st.one_of(st.binary(max_size=80), st.builds(damaged, chance, st.sampled_from(seeds)))


@laws
@given(nearly(RTP))
def test_any_datagram_is_an_rtp_packet_or_none(packet: bytes) -> None:
    check_rtp(packet)


@laws
@given(nearly(RTCP))
def test_any_datagram_is_read_as_reports_as_far_as_it_is_one(packet: bytes) -> None:
    check_rtcp(packet)


@laws
@given(nearly(VIDEO))
def test_any_payload_begins_a_key_frame_or_does_not(payload: bytes) -> None:
    check_payload(payload)


@laws
@given(chance)
def test_any_stream_of_numbers_is_kept_within_bounds(chance: random.Random) -> None:
    check_numbers(chance)


def test_the_seeds_themselves_are_read() -> None:
    assert all(map(check_rtp, RTP))
    assert all(map(check_rtcp, RTCP))
    assert sum(map(check_payload, VIDEO)) > len(VIDEO) // 2


extension = st.dictionaries(st.integers(1, 255), st.binary(max_size=40), max_size=6)


@laws
@given(st.integers(0, 127), st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1), st.binary(max_size=50), extension, st.integers(0, 255))
def test_a_packet_is_read_as_it_was_built(
    kind: int, sequence: int, ssrc: int, payload: bytes, values: dict[int, bytes], padding: int
) -> None:
    packet = rtp.build(kind, sequence, 5, ssrc, payload, extensions=values, padding=padding)
    header = rtp.parse(packet)
    assert header is not None
    assert (header.payload_type, header.sequence, header.ssrc) == (kind, sequence, ssrc)
    assert packet[header.payload_at : header.payload_end] == payload
    assert rtp.extensions(packet, header) == values


@laws
@given(st.integers(0, 65_535), st.lists(st.tuples(st.integers(1, 60), st.integers(0, 900_000)), min_size=1, max_size=60), st.randoms())
def test_the_sender_learns_every_arrival_and_no_other(first: int, steps: list[tuple[int, int]], order: random.Random) -> None:
    """Numbers with gaps, arriving in a disturbed order, told in one or several rounds."""
    number, now_us, sent = first, 0, []
    for ahead, after_us in steps:
        number += ahead
        now_us += after_us
        sent.append((number, now_us))
    arrivals = Arrivals()
    told: dict[int, int] = {}
    came: dict[int, int] = {}
    waiting = list(sent)
    while waiting:
        number, now_us = waiting.pop(min(len(waiting) - 1, order.choice((0, 0, 0, 1, 3))))
        if not came:
            oldest = number
        if number >= oldest:
            came[number & 0xFFFF] = now_us
        arrivals.note(number & 0xFFFF, now_us)
        if order.random() < 0.2 or not waiting:
            for packet in arrivals.feedback(1, 2):
                (report,) = rtcp.parse(packet)
                assert isinstance(report, TransportFeedback)
                for at, arrival in enumerate(report.arrivals):
                    if arrival is not None:
                        told[report.base + at & 0xFFFF] = report.reference * 64_000 + arrival * 250
    assert {number: told.get(number) for number in came} == {number: at_us // 250 * 250 for number, at_us in came.items()}
    assert set(told) <= {number & 0xFFFF for number, _ in sent}
