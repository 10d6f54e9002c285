"""What the two sides of a negotiation are told and tell: our end of a transport, tracks announced and wanted, tracks that may flow."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from rooms.media.codecs import Codec, taken_extensions, to_send
from rooms.media.sdp import Candidate, Section, Transport


class Local(msgspec.Struct, frozen=True, kw_only=True):
    """Our end of a transport."""

    ufrag: str
    password: str
    fingerprint: tuple[str, str]
    """Algorithm and value."""
    addresses: Sequence[tuple[str, int]]
    """Where clients reach us, the best first; each becomes a host candidate."""

    def transport(self, setup: Literal["actpass", "passive"]) -> Transport:
        """The same for a session description. Priorities after RFC 8445 section 5.1.2.1."""
        return Transport(
            ufrag=self.ufrag,
            password=self.password,
            fingerprints=(self.fingerprint,),
            setup=setup,
            candidates=tuple(
                Candidate(host, port, (126 << 24) + ((65535 - place) << 8) + 255) for place, (host, port) in enumerate(self.addresses)
            ),
        )


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """A track that a client has said it will publish."""

    sid: str
    kind: str
    """``audio`` or ``video``."""
    cids: frozenset[str]
    """The client's own names of it, which its section repeats in ``msid``."""
    codec: Codec | None = None
    """None leaves it to the section: its first of ours."""
    dtx: bool = True
    """Of audio: whether silence may go untransmitted."""
    stereo: bool = False


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A track of somebody else that a client shall receive."""

    sid: str
    participant_sid: str
    """Whose track it is."""
    kind: str
    """``audio`` or ``video``."""
    codec: Codec
    ssrc: int
    rtx_ssrc: int = 0
    """Of video; drawn at random by the caller like ``ssrc``."""
    stereo: bool = False

    @property
    def stream(self) -> tuple[str, str]:
        """The ``msid`` in which clients find participant and track."""
        return f"{self.participant_sid}|{self.sid}", self.sid

    def placed(self, section: Section, *, repaired: bool) -> Section:
        """The section with this track's stream in it."""
        fid = ((self.ssrc, self.rtx_ssrc),) if repaired and self.rtx_ssrc else ()
        ssrcs = (self.ssrc, self.rtx_ssrc) if fid else (self.ssrc,)
        return msgspec.structs.replace(section, msid=self.stream, cname=self.participant_sid, ssrcs=ssrcs, fid=fid)


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A published track that may flow in."""

    mid: str
    kind: str
    track_sid: str
    cid: str
    codec: Codec
    payload_type: int
    rtx_payload_type: int | None
    rids: tuple[str, ...]
    """Simulcast layers as the client lists them; empty without simulcast."""
    ssrcs: tuple[int, ...]
    """Of the streams themselves; empty with simulcast, where packets tell by their mid and rid extensions."""
    fid: dict[int, int]
    """The stream's ssrc by that of its retransmissions."""
    extensions: dict[str, int]
    """Numbers by the names in ``codecs.EXTENSIONS``."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A track that may flow out."""

    mid: str
    kind: str
    track_sid: str
    codec: Codec
    payload_type: int
    rtx_payload_type: int | None
    """None: a lost packet is sent again as it was."""
    ssrc: int
    rtx_ssrc: int
    extensions: dict[str, int]
    """Numbers by the names in ``codecs.EXTENSIONS``."""


class Requirement(NamedTuple):
    """How many more receiving sections a client shall offer; none of both still asks it to offer again."""

    audio: int
    video: int


def sent(track: Wanted, section: Section) -> Sent | None:
    """How a track flows through a client's section, None when that does not decode it."""
    choice = to_send(section, track.codec)
    if choice is None:
        return None
    return Sent(
        mid=section.mid,
        kind=section.kind,
        track_sid=track.sid,
        codec=track.codec,
        payload_type=choice.encoding.payload_type,
        rtx_payload_type=choice.rtx_payload_type if track.rtx_ssrc else None,
        ssrc=track.ssrc,
        rtx_ssrc=track.rtx_ssrc,
        extensions=taken_extensions(section),
    )
