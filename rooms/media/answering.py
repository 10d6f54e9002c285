"""The server's side of the connection on which a client makes the offers: its tracks in, and with slots other people's tracks out."""

from collections.abc import Sequence

import msgspec

from rooms.media import codecs, sdp
from rooms.media.codecs import Choice, Codec
from rooms.media.negotiated import Announced, Local, Received, Sent, sent
from rooms.media.sdp import Direction, Section
from rooms.media.slots import Slots
from server.kernel.refused import Refused

MOST_MESSAGE_BYTES = 64 << 10
"""The longest message over a data channel."""
MOST_SPENT = 100
"""Sections of tracks that are over, beyond those that a description has anyway: browsers keep them, and each turn at the floor leaves
one. After so many a client begins anew."""


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """What an offer changes. Lists are whole: who misses in them does not flow any more."""

    restarts_ice: bool
    """Whether our end needs new credentials before it answers."""
    fingerprints: tuple[tuple[str, str], ...]
    data: bool
    """Whether data channels are wanted."""
    received: tuple[Received, ...]
    ended: tuple[str, ...]
    """Sids of tracks that flowed in and whose section has stopped sending; they are no longer announced."""
    sent: tuple[Sent, ...]


class Answering:
    """The state of one such connection: which announced track is on which section.

    ``session_id`` is a random number of at most 62 bits. ``slots`` is None where the client receives on another connection.
    """

    def __init__(self, session_id: int, slots: Slots | None = None) -> None:
        self.slots = slots
        self._id = session_id
        self._version = 0
        self._announced: dict[str, Announced] = {}
        self._on: dict[str, tuple[Announced, Choice]] = {}
        self._kinds: dict[str, str] = {}
        self._ufrag = ""
        self._numbers: dict[str, int] = {}
        self._offer: sdp.Session | None = None
        self._spent = 0

    @property
    def _more(self) -> int:
        """How many more sections the next offer may have: those that were asked for, and those of tracks that are over."""
        return (self.slots.asked if self.slots else 0) + min(self._spent, MOST_SPENT)

    def announce(self, track: Announced) -> None:
        """A section that sends will carry this track: the one that names it, or else the first of its kind without a name we know."""
        self._announced[track.sid] = track

    def withdraw(self, sid: str) -> None:
        """Ends a published track; its section is answered inactive from now on, unless another track is announced for it."""
        self._end(sid)
        self._on = {mid: one for mid, one in self._on.items() if one[0].sid != sid}

    def _end(self, sid: str) -> None:
        if self._announced.pop(sid, None):
            self._spent += 1

    def offered(self, text: str) -> Offered:
        """Takes an offer, which must then be answered.

        Raises: Refused ``bad_sdp``, and then nothing has changed.
        """
        offer = sdp.parse(text, more=self._more)
        for section in offer.sections:
            if self._kinds.get(section.mid, section.kind) != section.kind:
                raise Refused("bad_sdp", at="mid")
        if offer.transport.setup == "passive":
            raise Refused("bad_sdp", at="setup")
        self._offer = offer
        self._kinds = {section.mid: section.kind for section in offer.sections}
        restarts = bool(self._ufrag) and self._ufrag != offer.transport.ufrag
        self._ufrag = offer.transport.ufrag
        before = {track.sid for track, _ in self._on.values()}
        self._on = self._published(offer.sections)
        ended = before - {track.sid for track, _ in self._on.values()}
        for sid in ended:
            self._end(sid)
        if self.slots:
            self.slots.offered(offer.sections, anew=restarts)
        return Offered(
            restarts_ice=restarts,
            fingerprints=offer.transport.fingerprints,
            data=any(section.kind == "application" and not section.rejected for section in offer.sections),
            received=tuple(self._received()),
            ended=tuple(sorted(ended)),
            sent=tuple(self._sent()),
        )

    def answer(self, local: Local) -> str:
        """The answer to the offer just taken, for our end as it is now."""
        if self._offer is None:
            raise ValueError("an answer without an offer")
        self._version += 1
        self._numbers = {}
        data = next((section.mid for section in self._offer.sections if section.kind == "application" and not section.rejected), None)
        sections = tuple(
            Section(kind="application", mid=section.mid, rejected=section.mid != data, max_message_bytes=MOST_MESSAGE_BYTES)
            if section.kind == "application"
            else self._answered(section)
            for section in self._offer.sections
        )
        session = sdp.Session(id=self._id, version=self._version, lite=True, transport=local.transport("passive"), sections=sections)
        return sdp.write(session)

    @property
    def mid_to_track_id(self) -> dict[str, str]:
        """The whole map of sections to the tracks of others on them."""
        return self.slots.mids() if self.slots else {}

    def _published(self, sections: Sequence[Section]) -> dict[str, tuple[Announced, Choice]]:
        """Which announced track is on which section: by the client's name of it, by where it was, or the oldest that has no section."""
        sending = [section for section in sections if section.kind != "application" and section.sends]
        found: dict[str, Announced] = {}
        for section in sending:
            named = [track for track in self._announced.values() if section.msid and section.msid[1] in track.cids]
            self._take(found, section, named)
        for section in sending:
            if section.mid not in found and section.mid in self._on:
                self._take(found, section, [self._on[section.mid][0]])
        before = {track.sid for track, _ in self._on.values()}
        for section in sending:
            if section.mid not in found:
                self._take(found, section, [track for track in self._announced.values() if track.sid not in before])
        return {
            section.mid: (found[section.mid], choice)
            for section in sending
            if section.mid in found and (choice := codecs.to_receive(section, self._codec(section.mid, found[section.mid])))
        }

    def _take(self, found: dict[str, Announced], section: Section, candidates: list[Announced]) -> None:
        taken = {track.sid for track in found.values()}
        track = next((track for track in candidates if track.kind == section.kind and track.sid not in taken), None)
        if track:
            found[section.mid] = track

    def _codec(self, mid: str, track: Announced) -> Codec | None:
        """The codec in which the track flows already, or was announced: an offer that only changes the order changes no codec."""
        flowing = self._on.get(mid)
        return flowing[1].codec if flowing and flowing[0].sid == track.sid else track.codec

    def _received(self) -> list[Received]:
        if self._offer is None:
            return []
        received = []
        for section in self._offer.sections:
            if section.mid not in self._on:
                continue
            track, choice = self._on[section.mid]
            fid = {repair: media for media, repair in section.fid}
            received.append(
                Received(
                    mid=section.mid,
                    kind=section.kind,
                    track_sid=track.sid,
                    cid=section.msid[1] if section.msid else "",
                    codec=choice.codec,
                    payload_type=choice.encoding.payload_type,
                    rtx_payload_type=choice.rtx_payload_type,
                    rids=section.rids if section.rids_way == "send" else (),
                    ssrcs=() if section.rids else tuple(ssrc for ssrc in section.ssrcs if ssrc not in fid),
                    fid={} if section.rids else fid,
                    extensions=codecs.sent_extensions(section),
                )
            )
        return received

    def _sent(self) -> list[Sent]:
        if self._offer is None or self.slots is None:
            return []
        placed = ((section, self.slots.on(section.mid)) for section in self._offer.sections)
        flowing = (sent(track, section) for section, track in placed if track)
        return [one for one in flowing if one]

    def _answered(self, section: Section) -> Section:
        up = self._on.get(section.mid)
        down = self.slots.on(section.mid) if self.slots else None
        chosen = [up[1]] if up else []
        if down and (choice := codecs.to_send(section, down.codec)) and choice not in chosen:
            chosen.append(choice)
        chosen = chosen or _one_each(section)
        if section.rejected or not chosen:
            return Section(kind=section.kind, mid=section.mid, rejected=True, encodings=section.encodings[:1])
        direction: Direction = "sendrecv" if up and down else "recvonly" if up else "sendonly" if down else "inactive"
        answer = Section(
            kind=section.kind,
            mid=section.mid,
            direction=direction,
            encodings=tuple(encoding for choice in chosen for encoding in codecs.answered(choice, **_audio(section, up and up[0]))),
            extensions=codecs.answered_extensions(section, self._numbers),
        )
        if up and section.rids and section.rids_way == "send":
            answer = msgspec.structs.replace(answer, rids=section.rids, rids_way="recv")
        return down.placed(answer, repaired=any(choice.rtx for choice in chosen)) if down else answer


def _one_each(section: Section) -> list[Choice]:
    """The first payload type of each codec of ours: what an empty section may carry later."""
    return list({choice.codec.mime: choice for choice in reversed(codecs.choices(section))}.values())[::-1]


def _audio(section: Section, track: Announced | None) -> dict[str, str]:
    """How we want audio sent. The same in empty sections, since one payload type may mean only one thing in a bundle."""
    if section.kind != "audio":
        return {}
    parameters = {} if track and not track.dtx else {"usedtx": "1"}
    return parameters | ({"stereo": "1", "sprop-stereo": "1"} if track and track.stereo else {})
