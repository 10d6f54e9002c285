"""RTCP packets written and read, and the feedback on arrivals."""

import pytest

from rooms.media import feedback, rtcp
from rooms.media.arrivals import LEAP, Arrivals
from rooms.media.feedback import TransportFeedback
from rooms.media.rtcp import (
    Description,
    FullIntra,
    Goodbye,
    Malformed,
    Nack,
    PictureLoss,
    ReceiverReport,
    Remb,
    Report,
    ReportBlock,
    SenderReport,
)

BLOCK = ReportBlock(7, 255, -3, 2**32 - 1, 5, 6, 7)


@pytest.mark.parametrize(
    "report",
    [
        SenderReport(1, 2**63 + 5, 3, 4, 5, (BLOCK, BLOCK)),
        ReceiverReport(1, (BLOCK,)),
        ReceiverReport(1),
        Goodbye((1, 2, 3)),
        Nack(1, 2, (65530, 65535, 0, 10, 1000)),
        PictureLoss(1, 2),
        FullIntra(1, 2, 255),
        Remb(1, 2**18 - 1, (4, 5)),
        TransportFeedback(1, 2, 65535, 9, 2**24 - 1, (0, None, 255, 511, 400, None, None, 30000, 30000)),
    ],
    ids=lambda report: type(report).__name__,
)
def test_a_report_is_read_as_it_was_written(report: Report) -> None:
    assert rtcp.parse(rtcp.build(report)) == [report]


def test_a_compound_packet_is_read_in_its_order_without_descriptions() -> None:
    parts = (SenderReport(1, 2, 3, 4, 5), Description(1, "name"), PictureLoss(1, 2), PictureLoss(1, 3))
    assert rtcp.parse(rtcp.build(*parts)) == [parts[0], parts[2], parts[3]]


def test_a_great_estimate_loses_only_its_last_bits() -> None:
    (found,) = rtcp.parse(rtcp.build(Remb(1, 123_456_789, ())))
    assert isinstance(found, Remb)
    assert 0 <= 123_456_789 - found.bitrate_bps < 1024


def test_one_request_names_seventeen_neighbours_in_one_pair() -> None:
    assert len(rtcp.build(Nack(1, 2, tuple(range(17))))) == 16
    assert len(rtcp.build(Nack(1, 2, tuple(range(18))))) == 20


@pytest.mark.parametrize(
    ("packet", "kind"),
    [
        (b"\x80\xc8\x00", 0),
        (b"\x80\xc8\x00\x01" + bytes(4), 200),
        (b"\x81\xc9\x00\x01" + bytes(4), 201),
        (b"\x82\xcb\x00\x01" + bytes(4), 203),
        (b"\x81\xcd\x00\x02" + bytes(8), 205),
        (b"\x8f\xcd\x00\x03" + bytes(12), 205),
        (b"\x84\xce\x00\x02" + bytes(8), 206),
        (b"\x8f\xce\x00\x04" + bytes(8) + b"REMB" + b"\x05\x00\x00\x00", 206),
        (b"\xa0\xc9\x00\x01" + b"\x00\x00\x00\x00", 201),
        (b"\x80\xc9\x00\x09" + bytes(4), 201),
    ],
)
def test_a_malformed_part_is_named_by_its_kind(packet: bytes, kind: int) -> None:
    assert rtcp.parse(packet) == [Malformed(kind)]


def test_a_malformed_part_does_not_hide_the_good_ones_around_it() -> None:
    bad = b"\x81\xc9\x00\x01" + bytes(4)
    assert rtcp.parse(rtcp.build(PictureLoss(1, 2)) + bad + rtcp.build(Goodbye((3,)))) == [PictureLoss(1, 2), Malformed(201), Goodbye((3,))]


def test_what_one_datagram_can_ask_for_is_bounded() -> None:
    many = rtcp.parse(b"\x81\xcd\x3f\xff" + bytes(8) + b"\x00\x00\xff\xff" * 16381)
    assert isinstance(many[0], Nack)
    assert len(many[0].sequences) == rtcp.MOST_NACKED
    assert len(rtcp.parse(rtcp.build(PictureLoss(1, 2)) * 5000)) == rtcp.MOST_REPORTS + 1
    assert rtcp.parse(b"\x8f\xcd\x00\x06" + bytes(8) + b"\x00\x00\xff\xff" + bytes(4) + b"\x1f\xff" * 4) == [Malformed(205)]


def test_a_feedback_reads_runs_and_both_kinds_of_vectors() -> None:
    head = b"\x00\x05\x00\x1c" + b"\x00\x00\x02\x03"
    chunks = b"\x20\x05" + b"\xa0\x01" + b"\xd0\x02" + b"\x00\x02"
    read = feedback.read(1, 2, head + chunks + bytes((1, 1, 1, 1, 1)) + bytes((2, 3)) + bytes((4,)) + b"\xff\xff")
    assert read is not None
    assert (read.base, read.reference, read.running) == (5, 2, 3)
    assert read.arrivals[:5] == (1, 2, 3, 4, 5)
    assert read.arrivals[5:19] == (7, *[None] * 12, 10)
    assert read.arrivals[19:26] == (14, None, None, None, None, None, 13)
    assert read.arrivals[26:] == (None, None)


def test_much_of_the_same_is_told_in_one_chunk() -> None:
    assert len(feedback.write(0, 0, 0, [0] * 100)) == 8 + 2 + 100
    assert len(feedback.write(0, 0, 0, [0] + [None] * 4000 + [1])) == 8 + 2 + 2 + 2 + 2


def told(packets: list[bytes]) -> dict[int, int | None]:
    """By transport-wide number the time of arrival in microseconds, as the packets tell it; later packets tell it anew."""
    found: dict[int, int | None] = {}
    for packet in packets:
        (report,) = rtcp.parse(packet)
        assert isinstance(report, TransportFeedback)
        for at, arrival in enumerate(report.arrivals):
            found[report.base + at & 0xFFFF] = None if arrival is None else report.reference * 64_000 + arrival * 250
    return found


def test_the_sender_learns_what_arrived_and_when() -> None:
    arrivals = Arrivals()
    arrivals.note(65534, 1_000_000)
    arrivals.note(0, 1_000_500)
    arrivals.note(1, 1_100_000)
    assert told(arrivals.feedback(1, 2)) == {65534: 1_000_000, 65535: None, 0: 1_000_500, 1: 1_100_000}
    assert arrivals.feedback(1, 2) == []


def test_each_feedback_begins_where_the_last_one_ended_and_counts_on() -> None:
    arrivals = Arrivals()
    arrivals.note(5, 0)
    first = rtcp.parse(arrivals.feedback(1, 2)[0])[0]
    arrivals.note(8, 1000)
    second = rtcp.parse(arrivals.feedback(1, 2)[0])[0]
    assert isinstance(first, TransportFeedback) and isinstance(second, TransportFeedback)
    assert (first.running, second.running) == (0, 1)
    assert (second.base, second.arrivals[:2]) == (6, (None, None))


def test_a_packet_told_as_missing_that_comes_late_is_told_alone() -> None:
    arrivals = Arrivals()
    for number in (1, 2, 5):
        arrivals.note(number, number * 1000)
    assert told(arrivals.feedback(1, 2))[3] is None
    arrivals.note(3, 60_000)
    arrivals.note(6, 61_000)
    assert told(arrivals.feedback(1, 2)) == {3: 60_000, 6: 61_000}


def test_a_pause_too_long_for_one_feedback_makes_two() -> None:
    arrivals = Arrivals()
    arrivals.note(1, 0)
    arrivals.note(2, 20_000_000)
    packets = arrivals.feedback(1, 2)
    assert len(packets) == 2
    assert told(packets) == {1: 0, 2: 20_000_000}


def test_feedbacks_fit_datagrams_and_hostile_leaps_make_no_work() -> None:
    arrivals = Arrivals()
    for number in range(4000):
        arrivals.note(number, number * 100_000)
    assert max(map(len, arrivals.feedback(1, 2))) <= 1300
    number = 0
    for _ in range(10_000):
        number += LEAP - 1
        arrivals.note(number & 0xFFFF, 0)
    assert len(arrivals.feedback(1, 2)) <= 2
