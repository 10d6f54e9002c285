"""What a room tells everybody from time to time: who speaks, how good each connection is, and how many they are."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from livekit.protocol.models import SpeakerInfo
from livekit.protocol.rtc import ConnectionQualityInfo, ConnectionQualityUpdate, SignalResponse, SpeakersChanged

from rooms.media.quality import Figures, Quality, score
from rooms.media.speakers import INTERVAL_US, Speakers, Speaking

if TYPE_CHECKING:
    from server.sfu.room import Room
    from server.sfu.seat import Seat

QUALITY_US = 5_000_000


class Reporting:
    """One room's; a participant speaks, whichever of their tracks is heard."""

    def __init__(self, room: "Room") -> None:
        self._room = room
        self.speakers = Speakers()
        self._listened_us = 0
        self._judged_us = 0
        self._told: dict[str, Quality] = {}
        self._know_all: set[str] = set()
        self._counted = (0, 0)

    def tick(self, now_us: int) -> None:
        if now_us - self._listened_us >= INTERVAL_US:
            self._listened_us = now_us
            self._tell_speakers(self.speakers.changes(now_us))
        if now_us - self._judged_us >= QUALITY_US:
            self._judged_us = now_us
            self._tell_quality(now_us)
            self._tell_numbers()

    def listener(self, sid: str) -> Callable[[int, int], None]:
        """Hears the levels of a participant's microphone."""
        return lambda level, now_us: self.speakers.note(sid, level)

    def welcome(self, seat: "Seat") -> None:
        """Tells a newcomer who speaks."""
        speaking = self._known(self.speakers.now())
        if speaking:
            seat.send(SignalResponse(speakers_changed=SpeakersChanged(speakers=speaking)))
        self._know_all.discard(seat.participant.sid)

    def forget(self, sid: str) -> None:
        """A participant is gone."""
        self.speakers.forget(sid)
        self._told.pop(sid, None)
        self._know_all.discard(sid)

    def _known(self, speaking: list[Speaking]) -> list[SpeakerInfo]:
        """In the protocol's words, without those who are hidden."""
        hidden = {seat.participant.sid for seat in self._room.seats.values() if seat.participant.permission.hidden}
        return [SpeakerInfo(sid=one.track, level=one.level, active=one.active) for one in speaking if one.track not in hidden]

    def _tell_speakers(self, changes: list[Speaking]) -> None:
        told = self._known(changes)
        if told:
            self._room.tell(SignalResponse(speakers_changed=SpeakersChanged(speakers=told)))

    def _tell_quality(self, now_us: int) -> None:
        """Tells what has changed, and to those who came since the last time how everybody is."""
        now = {seat.participant.sid: score(_figures(seat, now_us)) for seat in self._room.visible()}
        changed = _as_update({sid: quality for sid, quality in now.items() if self._told.get(sid) != quality})
        everybody = _as_update(now)
        for seat in self._room.seats.values():
            knows_all = seat.participant.sid in self._know_all
            if not knows_all or changed.connection_quality.updates:
                seat.send(changed if knows_all else everybody)
            self._know_all.add(seat.participant.sid)
        self._told = now

    def _tell_numbers(self) -> None:
        """Of those who are visible, and of those who publish: a client does not count, it believes what it is told of the room."""
        info = self._room.describe()
        counted = (info.num_participants, info.num_publishers)
        if counted != self._counted:
            self._counted = counted
            self._room.tell_of_room()


def _as_update(qualities: dict[str, Quality]) -> SignalResponse:
    updates = [
        ConnectionQualityInfo(participant_sid=sid, quality=quality.value, score=_SCORES[quality])  # type: ignore[arg-type]
        for sid, quality in qualities.items()
    ]
    return SignalResponse(connection_quality=ConnectionQualityUpdate(updates=updates))


_SCORES = {Quality.EXCELLENT: 4.5, Quality.GOOD: 3.5, Quality.POOR: 2.0, Quality.LOST: 1.0}
"""Clients show the quality; the number is an opinion on the scale of ITU-T P.800."""


def _figures(seat: "Seat", now_us: int) -> Iterator[Figures]:
    """The streams of one participant since the last look, up and down."""
    yield from seat.publishing.figures(now_us)
    yield from seat.subscribing.figures()
