"""The laws of a received stream: whatever the network does, each packet counts once, and the report equals a recount."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.media.history import History
from rooms.media.reception import GIVEN_UP_US, TRIES, Reception

laws = settings(max_examples=120, deadline=None)
first_number = st.sampled_from([0, 1, 100, 65_500, 65_535])
orders = st.randoms(use_true_random=False)


def deliveries(first: int, packets: int, order: random.Random) -> list[int]:
    """Extended numbers as they arrive: the first in its place, of the others some lost, some twice, some up to eight places late."""
    late = [(0.0, first)]
    for number in range(first + 1, first + packets):
        for _ in range(order.choice((0, 1, 1, 1, 1, 1, 2))):
            late.append((number - first + order.choice((0, 0, 0, 3, 8)) + order.random(), number))
    return [number for _, number in sorted(late)]


@laws
@given(first_number, st.integers(1, 120), orders)
def test_each_packet_goes_on_once_under_its_own_number(first: int, packets: int, order: random.Random) -> None:
    reception, passed = Reception(90_000), list[int]()
    arriving = deliveries(first, packets, order)
    for at, number in enumerate(arriving):
        extended = reception.note(number & 0xFFFF, number * 90, at * 1000)
        if extended is not None:
            passed.append(extended)
    start = passed[0]
    assert sorted(passed) == [start + number - first for number in sorted(set(arriving))]


@laws
@given(first_number, st.integers(1, 120), orders)
def test_the_report_equals_a_recount(first: int, packets: int, order: random.Random) -> None:
    reception = Reception(90_000)
    arriving = deliveries(first, packets, order)
    for at, number in enumerate(arriving):
        reception.note(number & 0xFFFF, number * 90, at * 1000)
    expected, received = max(arriving) - first + 1, len(set(arriving))
    block = reception.report(1, 0)
    assert (block.lost, block.fraction) == (expected - received, (expected - received) * 256 // expected)
    assert block.highest & 0xFFFF == max(arriving) & 0xFFFF
    assert reception.window()[:3] == (expected, received, 0)


@laws
@given(first_number, st.integers(1, 120), orders, st.integers(5000, 60_000), st.floats(0, 1))
def test_only_what_is_missing_is_asked_for_and_never_too_often(
    first: int, packets: int, order: random.Random, tick_us: int, answered: float
) -> None:
    reception = Reception(90_000)
    missing: set[int] = set()
    asked: dict[int, list[int]] = {}
    newest, now_us = first - 1, 0

    def tick() -> None:
        for number in reception.lost(now_us):
            assert number in missing
            asked.setdefault(number, []).append(now_us)
            if order.random() < answered:
                assert reception.note(number, 0, now_us, recovered=True) is not None
                missing.discard(number)

    for number in deliveries(first, packets, order):
        missing |= {gone & 0xFFFF for gone in range(newest + 1, number)} if newest >= first else set()
        missing.discard(number & 0xFFFF)
        newest = max(newest, number)
        reception.note(number & 0xFFFF, 0, now_us)
        now_us += order.choice((0, 1000, 10_000))
        tick()
    assert all(number & 0xFFFF in missing for number in range(first - 200, first + 400) if reception.is_missing(number & 0xFFFF))
    for _ in range(3 * GIVEN_UP_US // tick_us):
        now_us += tick_us
        tick()
    assert all(len(times) <= TRIES and times[-1] - times[0] <= GIVEN_UP_US for times in asked.values())
    assert not any(reception.is_missing(number) for number in missing)


@laws
@given(st.lists(st.integers(0, 200), max_size=80))
def test_a_history_finds_what_it_kept_or_nothing(numbers: list[int]) -> None:
    history, kept, newest = History(32), dict[int, bytes](), -1
    for at, number in enumerate(numbers):
        packet = at.to_bytes(2, "big")
        history.keep(number, packet)
        kept[number] = packet
        newest = max(newest, number)
        # The ring holds the last 32 numbers. An older one stays until a newer one needs its place.
        assert all(history.find(one) == kept.get(one) for one in range(max(0, newest - 31), newest + 1))
        assert all(history.find(one) in (None, kept.get(one)) for one in range(201))
