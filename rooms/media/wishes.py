"""Which layer each viewer asks for, and which layers a publisher needs to send because somebody does (dynacast)."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

OFF, LOW, MEDIUM, HIGH = -1, 0, 1, 2
"""Qualities in their order. The last three are the numbers of LiveKit's ``VideoQuality``; its ``OFF`` is another."""

LOWERING_US = 5_000_000
"""How long less must be enough before a publisher is told to send less: who scrolls past a picture must not wait for it again."""

_ENOUGH = 0.9
"""A layer covers a picture that is this much larger: the eye does not see the difference."""


class Layer(NamedTuple):
    """What a publisher announced for one quality."""

    quality: int
    width: int
    height: int


class Wish(NamedTuple):
    """A viewer's settings for one track."""

    disabled: bool = False
    quality: int = HIGH
    width: int = 0
    height: int = 0
    """In pixels of the picture shown; 0 when the viewer names a quality instead."""
    fps: int = 0
    """0 for all frames. Kept for temporal layers; no layer is left for its sake."""


def wanted(wish: Wish, layers: Sequence[Layer]) -> int:
    """The quality that fulfils ``wish``: the smallest layer that covers the size, if one is named, else the quality that is named."""
    if wish.disabled:
        return OFF
    sized = sorted(layer for layer in layers if layer.width > 0 and layer.height > 0)
    if (wish.width <= 0 and wish.height <= 0) or not sized:
        return max(LOW, min(HIGH, wish.quality))
    for layer in sized:
        # The longer side is compared: a phone that turns has changed the sides of the picture, not its size.
        if max(layer.width, layer.height) >= max(wish.width, wish.height) * _ENOUGH:
            return layer.quality
    return sized[-1].quality


class Dynacast:
    """The greatest wish for one track over its viewers. More is told at once, less when it has been enough for ``LOWERING_US``."""

    def __init__(self, told: int = HIGH) -> None:
        self.told = told
        """The quality the publisher sends at most, as it was last told."""
        self._wishes: dict[Hashable, int] = {}
        self._lower_since_us: int | None = None

    def wish(self, viewer: Hashable, quality: int) -> None:
        """What ``viewer`` wants from now on, replacing what they wanted."""
        self._wishes[viewer] = quality

    def leave(self, viewer: Hashable) -> None:
        """The viewer is gone."""
        self._wishes.pop(viewer, None)

    def due(self, now_us: int) -> int | None:
        """The quality to tell the publisher now, or ``None``. To be asked after each change, and then until ``settled``."""
        most = max(self._wishes.values(), default=OFF)
        if most >= self.told:
            self._lower_since_us = None
            if most == self.told:
                return None
        elif self._lower_since_us is None:
            self._lower_since_us = now_us
            return None
        elif now_us - self._lower_since_us < LOWERING_US:
            return None
        self._lower_since_us = None
        self.told = most
        return most

    @property
    def settled(self) -> bool:
        """Whether nothing waits to be told."""
        return self._lower_since_us is None and max(self._wishes.values(), default=OFF) == self.told
