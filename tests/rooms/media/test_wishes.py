"""Which layer a viewer wants, and what a publisher is told of all their wishes."""

import pytest

from rooms.media.wishes import HIGH, LOW, LOWERING_US, MEDIUM, OFF, Dynacast, Layer, Wish, wanted

LAYERS = [Layer(HIGH, 1280, 720), Layer(LOW, 320, 180), Layer(MEDIUM, 640, 360)]


@pytest.mark.parametrize(
    ("wish", "quality"),
    [
        (Wish(), HIGH),
        (Wish(quality=MEDIUM), MEDIUM),
        (Wish(disabled=True, width=1280, height=720), OFF),
        (Wish(width=300, height=169), LOW),
        (Wish(width=320, height=180), LOW),
        (Wish(width=350, height=197), LOW),
        (Wish(width=400, height=225), MEDIUM),
        (Wish(width=180, height=320), LOW),
        (Wish(width=1000, height=562), HIGH),
        (Wish(width=4000, height=2250), HIGH),
        (Wish(quality=99), HIGH),
        (Wish(quality=-5), LOW),
    ],
)
def test_the_smallest_layer_that_covers_is_wanted(wish: Wish, quality: int) -> None:
    assert wanted(wish, LAYERS) == quality


def test_without_sizes_the_quality_counts() -> None:
    assert wanted(Wish(quality=LOW, width=1000, height=1000), []) == LOW
    assert wanted(Wish(quality=LOW, width=1000, height=1000), [Layer(HIGH, 0, 0)]) == LOW


def test_more_is_told_at_once_and_less_when_it_lasts() -> None:
    dynacast = Dynacast(told=LOW)
    dynacast.wish("a", HIGH)
    assert dynacast.due(0) == HIGH
    assert dynacast.due(0) is None
    dynacast.wish("a", LOW)
    assert dynacast.due(0) is None
    assert not dynacast.settled
    assert dynacast.due(LOWERING_US - 1) is None
    assert dynacast.due(LOWERING_US) == LOW
    assert dynacast.settled


def test_a_wish_that_returns_in_time_keeps_the_picture() -> None:
    dynacast = Dynacast()
    dynacast.wish("a", HIGH)
    dynacast.wish("a", OFF)
    assert dynacast.due(0) is None
    dynacast.wish("a", HIGH)
    assert dynacast.due(LOWERING_US - 1) is None
    dynacast.wish("a", OFF)
    assert dynacast.due(LOWERING_US + 1) is None
    assert dynacast.due(2 * LOWERING_US + 1) == OFF


def test_the_greatest_wish_counts_until_its_viewer_leaves() -> None:
    dynacast = Dynacast()
    dynacast.wish("a", HIGH)
    dynacast.wish("b", LOW)
    assert dynacast.due(0) is None
    dynacast.leave("a")
    dynacast.leave("a")
    assert dynacast.due(0) is None
    assert dynacast.due(LOWERING_US) == LOW


def test_less_than_nothing_wanted_for_a_while_is_told_as_it_is_then() -> None:
    dynacast = Dynacast()
    dynacast.wish("a", MEDIUM)
    assert dynacast.due(0) is None
    dynacast.wish("a", LOW)
    assert dynacast.due(LOWERING_US) == LOW
