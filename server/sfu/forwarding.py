"""The packet path: what publishers send, forwarded to those who view it.

::

    Leg (one transport) ── Incoming ──ssrc──> Layer ──variant──> Fan ──> every viewer
                        └─ Outgoing <──ssrc── Viewing (one viewer of one Track)

Python runs once for each incoming packet (``Layer.take``), never once for each viewer of it.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from rooms.media import rtp
from rooms.media.rtp import Header
from rooms.media.switching import Traced
from server.sfu.fanout.choosing import open_sender
from server.sfu.layers import Layer

if TYPE_CHECKING:
    from server.sfu.incoming import Incoming
    from server.sfu.leg import Leg
    from server.sfu.port import Port
    from server.sfu.viewing import Viewing

TICK_S = 0.05
"""The one clock of all rooms and transports: the feedback of transport-cc is due every 50 to 100 ms."""
REPAIR_S = 0.02
"""Time between two requests for what is missing: a picture must be whole before it is due, some 100 ms after it was sent."""

_log = logging.getLogger(__name__)

Kind = Literal["audio", "video"]
OnLevel = Callable[[int, int], None]
"""Told the level of each audio packet, 0 (loudest) to 127 (silence) below overload in dB (RFC 6464), and when it came, in microseconds."""

QUALITIES = {"q": 0, "h": 1, "f": 2}
"""The names that clients give their simulcast layers."""


class Forwarding:
    """The media of one process, over its one UDP port. Made within a running event loop.

    Raises: NotThere when the fan-out asked for does not run here.
    """

    def __init__(self, port: "Port", fanout: str = "") -> None:
        self.sender = open_sender(port.socket.fileno(), fanout)
        port.on_batch = self.sender.flush
        self.random = random.SystemRandom()
        self.malformed = 0
        """Packets and parts of reports that could not be read."""
        self.unknown = 0
        """Packets of no negotiated stream."""
        self.on_tick: Callable[[int], None] = _nothing
        """Called after each round of feedback, with the time in microseconds of the monotonic clock."""
        self._legs: set[Leg] = set()
        self._incomplete: set[Incoming] = set()
        self._repairing: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(TICK_S, self._tick)

    def new_ssrc(self) -> int:
        """A number that nobody used before under any key: one that came twice would be a key stream used twice."""
        return self.random.randrange(1, 1 << 32)

    def add(self, leg: "Leg") -> None:
        self._legs.add(leg)

    def remove(self, leg: "Leg") -> None:
        self._legs.discard(leg)

    def repair_soon(self, incoming: "Incoming") -> None:
        """Something that ``incoming`` publishes is missing: it is asked for until nothing is."""
        self._incomplete.add(incoming)
        if self._repairing is None:
            self._repairing = self._loop.call_later(REPAIR_S, self._repair)

    def tick(self, now_us: int) -> None:
        """Feedback, reports and choices of layers that are due."""
        for leg in list(self._legs):
            try:
                leg.tick(now_us)
            except Exception:
                # One transport's fault must not stop the clock of the others.
                _log.exception("a transport's clock failed")

    def close(self) -> None:
        """Ends the timers and gives the sender back; every leg must have been closed."""
        self._timer.cancel()
        if self._repairing is not None:
            self._repairing.cancel()
        self.sender.close()

    def _tick(self) -> None:
        self._timer = self._loop.call_later(TICK_S, self._tick)
        now_us = time.monotonic_ns() // 1000
        self.tick(now_us)
        self.on_tick(now_us)

    def _repair(self) -> None:
        now_us = time.monotonic_ns() // 1000
        self._incomplete = {incoming for incoming in self._incomplete if incoming.repair(now_us)}
        self._repairing = self._loop.call_later(REPAIR_S, self._repair) if self._incomplete else None


class Track:
    """A published track: its layers, and who views it. ``codec`` is ``opus``, ``vp8``, ``h264``, ``vp9`` or ``av1``."""

    def __init__(self, forwarding: Forwarding, kind: Kind, codec: str, *, on_level: OnLevel | None = None) -> None:
        self.forwarding = forwarding
        self.kind: Kind = kind
        self.codec = codec
        self.on_level = on_level if kind == "audio" else None
        self.layers: dict[str, Layer] = {}
        """By rid; one, under the empty name, without simulcast."""
        self.extensions: dict[str, int] = {}
        """The publisher's header extensions by name."""
        self.viewings: set[Viewing] = set()
        self.forwards = True
        """Whether packets go anywhere: the first thing that is asked of each."""
        self.muted = self.closed = False
        self._ask: Callable[[Layer], None] = _nobody
        self._level_id = 0
        self._alive: frozenset[str] = frozenset()

    def published(self, extensions: dict[str, int], ask: Callable[[Layer], None]) -> None:
        """Says which extensions its packets carry, and how its publisher is asked for a key frame."""
        self.extensions, self._ask, self._level_id = extensions, ask, extensions.get("audio-level", 0)

    def set_muted(self, muted: bool) -> None:
        """While muted, nothing is forwarded, whatever the publisher sends."""
        if muted != self.muted:
            self.muted = muted
            self._open_or_shut()

    def close(self) -> None:
        """Nothing is forwarded from now on, and never again."""
        self.closed = True
        self._open_or_shut()
        for viewing in list(self.viewings):
            viewing.close()

    def add_layer(self, layer: Layer, now_us: int) -> None:
        """A stream of this track has come, in the place of an earlier one with the same name."""
        earlier = self.layers.get(layer.rid)
        self.layers[layer.rid] = layer
        for viewing in self.viewings:
            if earlier is not None:
                viewing.leave(earlier)
            viewing.choose(now_us)

    def best(self, quality: int, now_us: int) -> Layer | None:
        """The highest layer alive that is no better than ``quality``, else the lowest alive, else none; the only one in any case."""
        if len(self.layers) == 1:
            return next(iter(self.layers.values()))
        alive = sorted((layer for layer in self.layers.values() if layer.is_alive(now_us)), key=lambda layer: layer.quality)
        fitting = [layer for layer in alive if layer.quality <= quality]
        return fitting[-1] if fitting else alive[0] if alive else None

    def find(self, traced: Traced) -> bytes | None:
        """The packet of one of its layers, if it is still kept."""
        layer = next((layer for layer in self.layers.values() if layer.source is traced.source), None)
        return layer.history.find(traced.sequence) if layer is not None else None

    def hear(self, packet: bytes, header: Header, now_us: int) -> None:
        """Reads the audio level of a packet."""
        found = rtp.extension(packet, header, self._level_id) if self._level_id else None
        if found is not None and self.on_level is not None:
            self.on_level(packet[found[0]] & 0x7F, now_us)

    def ask_keyframe(self, layer: Layer) -> None:
        self._ask(layer)

    def tick(self, now_us: int) -> None:
        """Key frames that are due; and other layers for the viewers, when one has stopped or come to life."""
        for layer in self.layers.values():
            layer.tick(now_us)
        alive = frozenset(rid for rid, layer in self.layers.items() if layer.is_alive(now_us))
        if alive != self._alive:
            self._alive = alive
            for viewing in self.viewings:
                viewing.choose(now_us)

    def _open_or_shut(self) -> None:
        self.forwards = not (self.muted or self.closed)
        for viewing in self.viewings:
            viewing.choose(time.monotonic_ns() // 1000)


def _nobody(layer: Layer) -> None:
    """Nobody publishes the track yet."""


def _nothing(now_us: int) -> None:
    """Nobody else goes by this clock."""
