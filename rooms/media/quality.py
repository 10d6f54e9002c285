"""How good a participant's connection is, from what really arrives: loss, round trip, jitter, and layers that are missing.

The delay term follows the shape of ITU-T G.107 (the E-model); the rest are weights, stated here and nowhere else.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple


class Quality(IntEnum):
    """In the numbers of LiveKit's ``ConnectionQuality``."""

    POOR = 0
    GOOD = 1
    EXCELLENT = 2
    LOST = 3


class Figures(NamedTuple):
    """One stream over the last seconds."""

    expected: int
    """Packets; 0 when silence is no fault (muted, discontinuous transmission)."""
    received: int
    """Without those that came only when they were asked for."""
    recovered: int = 0
    rtt_us: int = 0
    jitter_us: int = 0
    layers_missing: int = 0
    """How many layers below the wanted one flow."""
    stalled: bool = False
    """Whether nothing came though something had to."""


EXCELLENT_FROM = 80.0
GOOD_FROM = 60.0
LOSS_WEIGHT = 10.0
"""Points for each percent that never came."""
REPAIR_WEIGHT = 3.0
"""Points for each percent that came only on request: late, but complete."""
LAYER_WEIGHT = 25.0
"""Points for each missing layer."""


def points(figures: Figures) -> float:
    """100 for a stream without fault, down to 0."""
    lost = max(0, figures.expected - figures.received)
    recovered = min(lost, figures.recovered)
    percent = 100 / figures.expected if figures.expected > 0 else 0.0
    faults = (lost - recovered) * percent * LOSS_WEIGHT + recovered * percent * REPAIR_WEIGHT
    latency_ms = (figures.rtt_us / 2 + 2 * figures.jitter_us) / 1000
    faults += latency_ms / 40 if latency_ms < 160 else 4 + (latency_ms - 160) / 10
    faults += figures.layers_missing * LAYER_WEIGHT
    return max(0.0, 100.0 - faults)


def score(streams: Iterable[Figures]) -> Quality:
    """The quality of a connection that carries ``streams``: that of the worst. Without streams nothing is wrong."""
    seen = list(streams)
    if seen and all(figures.stalled for figures in seen):
        return Quality.LOST
    worst = min((0.0 if figures.stalled else points(figures) for figures in seen), default=100.0)
    if worst >= EXCELLENT_FROM:
        return Quality.EXCELLENT
    return Quality.GOOD if worst >= GOOD_FROM else Quality.POOR
