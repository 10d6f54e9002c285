"""A viewer's stream over a change of layers, a pause, and a clock."""

import pytest

from rooms.media.payloads import Vp8
from rooms.media.switching import Offsets, Source, Switch, Traced

CLOCK = 90_000
SECOND = 1_000_000


def keyframe(picture: int, tl0: int) -> Vp8:
    return Vp8(14, 15, picture, 16, tl0, True, True)


def flowing(source: Source, switch: Switch, sequence: int, timestamp: int, now_us: int) -> None:
    """``source`` begins to flow with this packet."""
    source.note(sequence, timestamp, now_us, keyframe(10, 20))
    switch.want(source)
    switch.begin(sequence, timestamp, now_us, keyframe(10, 20))


def test_a_new_viewer_waits_for_a_key_frame() -> None:
    switch = Switch(100)
    assert not switch.waiting
    assert switch.want(Source(0, CLOCK))
    assert switch.waiting and switch.current is None


def test_the_old_layer_flows_until_the_new_one_can_begin() -> None:
    low, high, switch = Source(0, CLOCK), Source(2, CLOCK), Switch(100)
    flowing(low, switch, 1000, 5000, 0)
    assert switch.want(high)
    assert switch.current is low
    assert not switch.want(low)
    assert not switch.waiting


def test_numbers_continue_over_a_switch() -> None:
    low, high, switch = Source(0, CLOCK), Source(2, CLOCK), Switch(100)
    flowing(low, switch, 1000, 5000, 0)
    low.note(1004, 8000, 40_000, keyframe(11, 21))
    switch.want(high)
    high.note(70_000, 600_000, 80_000, keyframe(500, 3))
    offsets = switch.begin(70_000, 600_000, 80_000, keyframe(500, 3))
    assert offsets.sequence + 70_000 == 105
    assert offsets.timestamp + 600_000 == 8000 + CLOCK // 25
    assert (offsets.picture + 500, offsets.tl0 + 3) == (12, 22)
    assert switch.first == 70_000


def test_sender_reports_align_layers_better_than_arrival_does() -> None:
    low, high, switch = Source(0, CLOCK), Source(2, CLOCK), Switch(100)
    low.sender_report(10 << 32, 5000)
    high.sender_report(11 << 32, 600_000)
    flowing(low, switch, 1000, 5000, 0)
    high.note(70_000, 600_000, SECOND + 40_000, keyframe(0, 0))
    switch.want(high)
    assert switch.begin(70_000, 600_000, SECOND + 40_000).timestamp + 600_000 == 5000 + CLOCK


def test_a_sender_report_that_leads_astray_is_not_believed() -> None:
    low, high, switch = Source(0, CLOCK), Source(2, CLOCK), Switch(100)
    low.sender_report(10 << 32, 5000)
    high.sender_report(999 << 32, 600_000)
    flowing(low, switch, 1000, 5000, 0)
    high.note(70_000, 600_000, SECOND, keyframe(0, 0))
    switch.want(high)
    assert switch.begin(70_000, 600_000, SECOND).timestamp + 600_000 == 5000 + CLOCK


def test_the_same_moment_in_another_layer_is_a_later_frame() -> None:
    low, high, switch = Source(0, CLOCK), Source(2, CLOCK), Switch(100)
    low.sender_report(10 << 32, 5000)
    high.sender_report(10 << 32, 600_000)
    flowing(low, switch, 1000, 5000, 0)
    high.note(70_000, 600_000, 2000, keyframe(0, 0))
    switch.want(high)
    assert switch.begin(70_000, 600_000, 2000).timestamp + 600_000 == 5001
    # The shift is not carried on: back in the first layer the old offset holds.
    low.note(1010, 95_000, SECOND, keyframe(0, 0))
    switch.want(low)
    assert switch.begin(1010, 95_000, SECOND).timestamp == 0


def test_a_pause_leaves_no_gap_in_the_numbers_but_one_in_time() -> None:
    low, switch = Source(0, CLOCK), Switch(100)
    flowing(low, switch, 1000, 5000, 0)
    assert not switch.want(None)
    low.note(1500, 905_000, 10 * SECOND, keyframe(300, 90))
    assert switch.want(low)
    assert switch.begin(1500, 905_000, 10 * SECOND, keyframe(300, 90)) == Offsets(101 - 1500, 0, 11 - 300, 21 - 90)


def test_a_silent_source_stops_but_stays_wanted() -> None:
    low, switch = Source(0, CLOCK), Switch(100)
    flowing(low, switch, 1000, 5000, 0)
    switch.stop()
    assert (switch.current, switch.wanted, switch.waiting) == (None, low, True)


def test_numbers_are_traced_over_three_changes_and_no_farther() -> None:
    sources, switch = [Source(0, CLOCK), Source(1, CLOCK)], Switch(100)
    for turn in range(5):
        source = sources[turn % 2]
        source.note(1000 + 10 * turn, 0, turn * SECOND)
        switch.want(source)
        switch.begin(1000 + 10 * turn, 0, turn * SECOND)
        source.note(1004 + 10 * turn, 0, turn * SECOND)
    assert switch.trace(104) is None
    assert switch.trace(105) == Traced(sources[1], 1010, Offsets(105 - 1010, CLOCK))
    assert switch.trace(124) == Traced(sources[0], 1044, switch.offsets)
    assert switch.trace(125) is None


def test_beginning_when_nobody_waits_is_a_bug() -> None:
    with pytest.raises(ValueError, match="waits"):
        Switch(0).begin(0, 0, 0)


def test_a_source_tells_its_senders_clock() -> None:
    source = Source(0, CLOCK)
    assert source.clock(0) is None
    source.note(1, 90_000, SECOND)
    source.sender_report(5 << 32, 45_000)
    assert source.clock(3 * SECOND // 2) == ((6 << 32), 135_000)
