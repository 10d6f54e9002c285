"""Who speaks, and how good a connection is."""

import pytest

from rooms.media.quality import Figures, Quality, score
from rooms.media.speakers import HELD_US, INTERVAL_US, Speakers, Speaking


class Table:
    """Tracks that speak for an interval at a time."""

    def __init__(self) -> None:
        self.speakers = Speakers()
        self.now_us = 10_000_000
        self.speakers.changes(self.now_us)

    def hear(self, packets: int = 20, **levels: int) -> list[Speaking]:
        """What changes over an interval in which each named track sends ``packets`` at this level."""
        for track, level in levels.items():
            for _ in range(packets):
                self.speakers.note(track, level)
        self.now_us += INTERVAL_US
        return self.speakers.changes(self.now_us)


def test_who_speaks_is_told_the_loudest_first() -> None:
    changes = Table().hear(quiet=30, loud=10, silent=127)
    assert [change.track for change in changes] == ["loud", "quiet"]
    assert all(change.active and 0 < change.level <= 1 for change in changes)


def test_only_changes_are_told() -> None:
    table = Table()
    assert table.hear(a=20)
    assert table.hear(a=20) == []
    assert [change.track for change in table.hear(a=20, b=20)] == ["b"]
    assert [voice.track for voice in table.speakers.now()] == ["a", "b"]


def test_the_bit_of_voice_activity_changes_nothing() -> None:
    assert Table().hear(a=20) == Table().hear(a=0x80 | 20)


def test_a_cough_is_no_speech() -> None:
    assert Table().hear(packets=5, a=5) == []


def test_a_pause_between_words_does_not_end_a_speech() -> None:
    table = Table()
    table.hear(a=10)
    told = table.hear()
    assert all(change.active for change in told)
    assert table.speakers.now()
    table.hear(a=10)
    assert [voice.track for voice in table.speakers.now()] == ["a"]


def test_silence_that_lasts_is_told_once() -> None:
    table = Table()
    table.hear(a=10)
    changes = [change for _ in range(2 + HELD_US // INTERVAL_US) for change in table.hear(a=127)]
    assert changes[-1] == Speaking("a", 0.0, False)
    assert [change.active for change in changes].count(False) == 1
    assert table.speakers.now() == []


def test_who_is_muted_is_silent_at_once() -> None:
    table = Table()
    table.hear(a=10)
    table.speakers.forget("a")
    assert table.hear() == [Speaking("a", 0.0, False)]
    assert table.hear() == []


def test_a_track_that_never_spoke_is_forgotten_without_a_word() -> None:
    table = Table()
    table.speakers.note("a", 127)
    table.speakers.forget("a")
    table.speakers.forget("b")
    assert table.hear() == []


def test_the_loudest_level_is_one() -> None:
    assert Table().hear(a=0) == [Speaking("a", 1.0, True)]


@pytest.mark.parametrize(
    ("figures", "quality"),
    [
        (Figures(1000, 1000), Quality.EXCELLENT),
        (Figures(1000, 995), Quality.EXCELLENT),
        (Figures(1000, 970), Quality.GOOD),
        (Figures(1000, 950), Quality.POOR),
        (Figures(1000, 950, recovered=50), Quality.EXCELLENT),
        (Figures(1000, 900, recovered=100), Quality.GOOD),
        (Figures(1000, 1000, rtt_us=200_000, jitter_us=5000), Quality.EXCELLENT),
        (Figures(1000, 1000, rtt_us=800_000), Quality.GOOD),
        (Figures(1000, 1000, rtt_us=800_000, jitter_us=100_000), Quality.POOR),
        (Figures(1000, 1000, layers_missing=1), Quality.GOOD),
        (Figures(1000, 1000, layers_missing=2), Quality.POOR),
        (Figures(0, 0), Quality.EXCELLENT),
        (Figures(1000, 1010, recovered=5), Quality.EXCELLENT),
        (Figures(0, 0, stalled=True), Quality.LOST),
    ],
)
def test_quality_follows_what_arrives(figures: Figures, quality: Quality) -> None:
    assert score([figures]) is quality


def test_a_connection_is_as_good_as_its_worst_stream() -> None:
    assert score([Figures(1000, 1000), Figures(1000, 970)]) is Quality.GOOD
    assert score([Figures(1000, 1000), Figures(0, 0, stalled=True)]) is Quality.POOR
    assert score([]) is Quality.EXCELLENT
