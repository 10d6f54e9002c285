"""Who speaks, from the levels that microphones send beside their sound (RFC 6464).

A track is *active* in an interval when enough of it was loud. Silence must last before its owner stops being a speaker: with
discontinuous transmission hardly anything is sent between two words.
"""

from typing import NamedTuple

INTERVAL_US = 400_000
"""How often ``Speakers.changes`` should be called."""

LOUD_DBOV = 35
"""A packet is loud at this level or above; levels count downwards from 0, the loudest, to 127."""

LOUD_SHARE = 0.4
"""Of an interval that must be loud."""

PACKET_US = 20_000
"""Of sound in one packet, as browsers send Opus."""

HELD_US = 800_000
"""For how long a speaker may be silent."""

STEPS = 8
"""Levels are told in eighths, so that not every breath is news."""

_SMOOTHING = 2 / 3
_SILENT = 127


class Speaking(NamedTuple):
    """How one track sounds now."""

    track: str
    level: float
    """0 (silent) to 1, in steps of 1/8."""
    active: bool


class _Voice:
    __slots__ = ("active", "level", "loud", "loudest", "spoke_us", "told")

    def __init__(self) -> None:
        self.loud = 0
        self.loudest = _SILENT
        self.level = 0.0
        self.active = False
        self.spoke_us = 0
        self.told = 0.0


class Speakers:
    """The audio tracks of one room."""

    def __init__(self) -> None:
        self._voices: dict[str, _Voice] = {}
        self._looked_us: int | None = None

    def note(self, track: str, level: int) -> None:
        """One packet of ``track`` arrived with this level: the byte of RFC 6464, whose highest bit (voice activity) is not trusted."""
        voice = self._voices.get(track)
        if voice is None:
            voice = self._voices[track] = _Voice()
        level &= 0x7F
        if level <= LOUD_DBOV:
            voice.loud += 1
            if level < voice.loudest:
                voice.loudest = level

    def forget(self, track: str) -> None:
        """The track is muted or gone: the next ``changes`` tell that it is silent."""
        voice = self._voices.get(track)
        if voice is not None:
            if voice.told:
                voice.loud, voice.level, voice.spoke_us = 0, 0.0, -HELD_US
            else:
                del self._voices[track]

    def changes(self, now_us: int) -> list[Speaking]:
        """What has changed since the last call, the loudest first. Who stopped speaking is told with level 0."""
        interval_us = INTERVAL_US if self._looked_us is None else max(1, now_us - self._looked_us)
        self._looked_us = now_us
        changed: list[Speaking] = []
        for track, voice in list(self._voices.items()):
            self._listen(voice, now_us, min(1.0, voice.loud * PACKET_US / interval_us))
            told = min(1.0, -(-voice.level * STEPS // 1) / STEPS) if voice.active else 0.0
            if told != voice.told:
                changed.append(Speaking(track, told, voice.active))
                voice.told = told
            if not voice.active and not voice.loud and now_us - voice.spoke_us > 10 * HELD_US:
                del self._voices[track]
            voice.loud, voice.loudest = 0, _SILENT
        return sorted(changed, key=_loudest_first)

    def now(self) -> list[Speaking]:
        """All who speak, as they were last told, the loudest first: for one who has just come."""
        speaking = [Speaking(track, voice.told, True) for track, voice in self._voices.items() if voice.told]
        return sorted(speaking, key=_loudest_first)

    @staticmethod
    def _listen(voice: _Voice, now_us: int, share: float) -> None:
        if share >= LOUD_SHARE:
            # Half the time loud counts like half as loud.
            heard = 10 ** (-voice.loudest / 20) * share
            voice.level = heard if not voice.active else voice.level + (heard - voice.level) * _SMOOTHING
            voice.active, voice.spoke_us = True, now_us
        elif voice.active:
            voice.level *= 1 - _SMOOTHING / 2
            if now_us - voice.spoke_us >= HELD_US:
                voice.active, voice.level = False, 0.0


def _loudest_first(speaking: Speaking) -> tuple[float, str]:
    return -speaking.level, speaking.track
