"""What arrives of one stream: losses asked for, duplicates kept out, reports that tell the truth."""

import pytest

from rooms.media.reception import GIVEN_UP_US, MOST_MISSING, REORDERING_US, TRIES, Reception

CLOCK = 90_000
FRAME_US = 20_000


def received(*sequences: int, step_us: int = 1000) -> Reception:
    """A reception that noted these numbers, ``step_us`` apart, each a frame of its own."""
    reception = Reception(CLOCK)
    for at, sequence in enumerate(sequences):
        reception.note(sequence, at * 90, at * step_us)
    return reception


def test_numbers_grow_over_the_turn() -> None:
    reception = Reception(CLOCK)
    extended = [reception.note(sequence, 0, 0) for sequence in (65534, 65535, 0, 1)]
    first = extended[0]
    assert first is not None
    assert extended == [first, first + 1, first + 2, first + 3]
    assert first & 0xFFFF == 65534
    assert reception.highest == first + 3


def test_a_late_packet_gets_its_number_and_a_duplicate_none() -> None:
    reception = received(10, 13)
    late = reception.note(12, 0, 0)
    assert late is not None
    assert late & 0xFFFF == 12
    assert reception.note(12, 0, 0) is None
    assert reception.note(13, 0, 0) is None
    assert reception.note(10, 0, 0) is None


def test_what_the_first_packet_overtook_still_counts() -> None:
    reception = received(10)
    earlier = reception.note(8, 0, 0)
    assert earlier == reception.highest - 2
    assert reception.is_missing(9)
    assert reception.note(8, 0, 0) is None
    assert reception.window()[:2] == (3, 2)


def test_one_leap_is_an_error_and_two_in_a_row_are_a_restart() -> None:
    reception = received(10, 11)
    assert reception.note(30_000, 0, 0) is None
    assert reception.note(12, 0, 0) is not None
    assert reception.note(40_000, 0, 0) is None
    again = reception.note(40_001, 0, 0)
    assert again is not None
    assert again & 0xFFFF == 40_001
    assert reception.keyframe_needed
    assert reception.lost(10 * REORDERING_US) == []
    assert reception.report(1, 0).lost == 0


def test_a_gap_is_asked_for_when_reordering_no_longer_explains_it() -> None:
    reception = received(10, 13)
    assert reception.lost(1000 + REORDERING_US - 1) == []
    assert reception.lost(1000 + REORDERING_US) == [11, 12]
    reception.note(12, 0, 2000 + REORDERING_US)
    assert reception.lost(1000 + 2 * REORDERING_US) == []
    assert reception.lost(1_000_000) == [11]


def test_numbers_are_asked_for_in_their_order_over_the_turn() -> None:
    assert received(65534, 2).lost(REORDERING_US + 1000) == [65535, 0, 1]


def test_requests_wait_for_a_round_trip_and_are_few() -> None:
    near, far = received(10, 12), received(10, 12)
    near.rtt_us, far.rtt_us = 1000, 300_000
    asked = {one: [now for now in range(0, 2_000_000, 1000) if one.lost(now)] for one in (near, far)}
    assert len(asked[near]) == TRIES
    assert asked[near][1] - asked[near][0] >= 20_000
    assert min(after - before for before, after in zip(asked[far], asked[far][1:], strict=False)) >= 300_000
    assert max(asked[near][-1], asked[far][-1]) <= GIVEN_UP_US + 1000


def test_what_is_given_up_is_not_wanted_any_more() -> None:
    reception = received(10, 12)
    assert reception.is_missing(11)
    assert reception.lost(GIVEN_UP_US + 2000) == []
    assert not reception.is_missing(11)
    assert reception.note(11, 0, GIVEN_UP_US + 3000, recovered=True) is None


def test_the_round_trip_is_learnt_from_answers_to_a_first_request() -> None:
    reception = received(10, 12)
    before = reception.rtt_us
    reception.lost(20_000)
    reception.note(11, 0, 22_000, recovered=True)
    assert reception.rtt_us < before


@pytest.mark.parametrize("next_packet", [12 + MOST_MISSING, 2900])
def test_when_too_much_is_lost_a_key_frame_is_needed_instead(next_packet: int) -> None:
    reception = received(10, next_packet)
    assert reception.keyframe_needed
    assert reception.lost(100_000) == []


def test_what_is_missing_stays_bounded_over_many_gaps() -> None:
    reception = received(*range(0, 6 * MOST_MISSING, 2))
    assert len(reception.lost(100_000_000)) == 0
    reception = received(*range(0, 6 * MOST_MISSING, 2), step_us=1)
    assert len(reception.lost(100_000)) == MOST_MISSING
    assert reception.keyframe_needed


def test_only_what_is_missing_is_missing() -> None:
    reception = received(65535, 2)
    assert [reception.is_missing(number) for number in (65535, 0, 1, 2, 3, 40_000)] == [False, True, True, False, False, False]
    assert not Reception(CLOCK).is_missing(0)


def test_a_report_tells_the_loss_of_the_network_even_when_it_was_repaired() -> None:
    reception = received(*range(10), *range(12, 20))
    reception.note(10, 0, 0, recovered=True)
    block = reception.report(7, 0)
    assert (block.ssrc, block.lost, block.fraction, block.highest & 0xFFFF) == (7, 2, 2 * 256 // 20, 19)
    assert reception.window()[:3] == (20, 18, 1)


def test_the_fraction_counts_from_the_last_report() -> None:
    reception = received(0, 2)
    assert reception.report(7, 0).fraction == 256 // 3
    reception.note(3, 0, 0)
    later = reception.report(7, 0)
    assert (later.fraction, later.lost) == (0, 1)
    reception.note(1, 0, 0)
    assert (reception.report(7, 0).fraction, reception.report(7, 0).lost) == (0, 0)


def test_a_report_names_the_last_sender_report() -> None:
    reception = received(1)
    assert reception.report(7, 0)[-2:] == (0, 0)
    reception.sender_report(0x1234_56789ABC_DEF0, 1_000_000)
    assert reception.report(7, 2_500_000)[-2:] == (0x56789ABC, 3 * 65536 // 2)


def test_jitter_is_nothing_in_step_and_grows_out_of_it() -> None:
    steady, shaken = Reception(CLOCK), Reception(CLOCK)
    for at in range(200):
        steady.note(at, at * 1800, at * FRAME_US)
        shaken.note(at, at * 1800, at * FRAME_US + at % 2 * 8000)
    assert steady.window().jitter_us == 0
    assert 6000 < shaken.window().jitter_us <= 8000


def test_silence_that_the_timestamps_do_not_count_is_no_jitter() -> None:
    reception = Reception(CLOCK)
    reception.note(0, 0, 0)
    reception.note(1, 1800, 60_000_000)
    assert reception.window().jitter_us == 0


def test_a_stream_of_which_nothing_came_reports_nothing() -> None:
    assert Reception(CLOCK).report(7, 0)[:5] == (7, 0, 0, 0, 0)
    assert Reception(CLOCK).window() == (0, 0, 0, 0)
