"""The server's side of the connection on which it makes the offers itself: what a client receives, where it publishes on another one.

One offer is in flight at most; what changes meanwhile goes into the next. Data channels have the first section; the others keep their
mids. A section whose track has gone is offered inactive, and only when the client has answered that, another track may take it.
"""

from typing import cast

import msgspec

from rooms.media import codecs, sdp
from rooms.media.answering import MOST_MESSAGE_BYTES
from rooms.media.negotiated import Local, Sent, Wanted, sent
from rooms.media.sdp import Kind, Section
from server.kernel.refused import Refused

DATA_MID = "0"


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer changes."""

    fingerprints: tuple[tuple[str, str], ...]
    sent: tuple[Sent, ...]
    """The whole list of tracks that may flow."""
    unsupported: tuple[str, ...]
    """Sids of tracks that the client has rejected or does not decode; they are no longer wanted."""


class _Place:
    """One section after the first."""

    def __init__(self, mid: str, track: Wanted) -> None:
        self.mid = mid
        self.kind = track.kind
        self.encodings = _encodings(track)
        self.track: Wanted | None = track
        self.resting = False
        """Its track has gone, and the client has not yet answered that."""
        self.dead = False
        """The client has rejected it; its line may be used again with another mid (RFC 8829 section 5.2.2)."""

    def take(self, track: Wanted) -> None:
        self.track, self.encodings = track, _encodings(track)

    def clear(self) -> None:
        self.track, self.resting = None, True


class Offering:
    """The state of one such connection. ``session_id`` is a random number of at most 62 bits."""

    def __init__(self, session_id: int) -> None:
        self.number = 0
        """Of the last offer."""
        self._id = session_id
        self._tracks: dict[str, Wanted] = {}
        self._places: list[_Place] = []
        self._mids = 0
        self._changed = True
        self._in_flight: dict[str, str | None] | None = None
        self._sent: dict[str, Sent] = {}

    def want(self, track: Wanted) -> None:
        """The track shall be received from the next offer on. Wanting one twice changes nothing."""
        if self._tracks.setdefault(track.sid, track) is track:
            self._changed = True

    def drop(self, sid: str) -> None:
        """The track shall not be received any more."""
        if self._tracks.pop(sid, None):
            self._changed = True
        self._sent.pop(sid, None)
        for place in self._places:
            if place.track and place.track.sid == sid:
                place.clear()

    def restart(self) -> None:
        """Everything is offered anew, with new credentials of our end; an answer that was on its way is not awaited."""
        self._in_flight = None
        self._changed = True

    @property
    def mid_to_track_id(self) -> dict[str, str]:
        """The whole map of sections to the tracks on them."""
        return {place.mid: place.track.sid for place in self._places if place.track}

    @property
    def _more(self) -> int:
        return max(0, len(self._places) + 1 - sdp.MOST_SECTIONS)

    def offer(self, local: Local) -> str | None:
        """The next offer, None when there is nothing new to say or the last one has not been answered."""
        if self._in_flight is not None or not self._changed:
            return None
        placed = {place.track.sid for place in self._places if place.track}
        for track in self._tracks.values():
            if track.sid not in placed:
                self._place(track)
        self.number += 1
        self._changed = False
        self._in_flight = {place.mid: place.track.sid if place.track else None for place in self._places}
        data = Section(kind="application", mid=DATA_MID, max_message_bytes=MOST_MESSAGE_BYTES)
        sections = (data, *(_section(place) for place in self._places))
        transport = local.transport("actpass")
        return sdp.write(sdp.Session(id=self._id, version=self.number, lite=True, transport=transport, sections=sections))

    def answered(self, text: str, number: int = 0) -> Answered | None:
        """Takes the answer to offer ``number`` (0: to the last one). None when it answers nothing that is open.

        Raises: Refused ``bad_sdp``, and then the offer is still open.
        """
        if self._in_flight is None or number not in (0, self.number):
            return None
        answer = sdp.parse(text, more=self._more)
        sections = {section.mid: section for section in answer.sections}
        if answer.transport.setup != "active" or len(answer.sections) != len(self._places) + 1 or not sections.keys() >= {DATA_MID}:
            raise Refused("bad_sdp", at="answer")
        unsupported = []
        for place in self._places:
            section = sections.get(place.mid)
            if place.mid in self._in_flight and not self._settle(place, section) and place.track:
                unsupported.append(place.track.sid)
        self._in_flight = None
        for sid in unsupported:
            self.drop(sid)
        return Answered(fingerprints=answer.transport.fingerprints, sent=tuple(self._sent.values()), unsupported=tuple(unsupported))

    def _settle(self, place: _Place, section: Section | None) -> bool:
        """Takes what an answer says of one place. Returns whether the track there may stay."""
        offered_sid = (self._in_flight or {}).get(place.mid)
        if section is None or section.rejected:
            place.dead = True
            if place.track:
                self._sent.pop(place.track.sid, None)
            return False
        if offered_sid is None:
            place.resting = False
            return True
        if place.track is None or place.track.sid != offered_sid:
            return True  # gone meanwhile: the next offer says so
        flow = sent(place.track, section)
        if flow is None or not section.receives:
            self._sent.pop(offered_sid, None)
        else:
            self._sent[offered_sid] = flow
        return flow is not None

    def _place(self, track: Wanted) -> None:
        free = (place for place in self._places if place.kind == track.kind and not (place.track or place.resting or place.dead))
        place = next(free, None)
        if place:
            place.take(track)
            return
        self._mids += 1
        fresh = _Place(str(self._mids), track)
        dead = next((at for at, place in enumerate(self._places) if place.dead), None)
        if dead is None:
            self._places.append(fresh)
        else:
            self._places[dead] = fresh


def _section(place: _Place) -> Section:
    section = Section(
        kind=cast(Kind, place.kind),
        mid=place.mid,
        rejected=place.dead,
        direction="sendonly" if place.track and not place.dead else "inactive",
        encodings=place.encodings,
        extensions=codecs.offered_extensions(place.kind),
    )
    return place.track.placed(section, repaired=len(place.encodings) > 1) if place.track and not place.dead else section


def _encodings(track: Wanted) -> tuple[sdp.Encoding, ...]:
    return codecs.offered(track.codec, **({"stereo": "1", "sprop-stereo": "1"} if track.stereo else {}))
