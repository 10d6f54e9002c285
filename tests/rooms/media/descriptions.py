"""Session descriptions for the tests: what real clients offer, and a client of our own that follows the rules of JSEP."""

from pathlib import Path
from typing import cast

from msgspec.structs import replace

from rooms.media import codecs, sdp
from rooms.media.codecs import Codec
from rooms.media.negotiated import Local, Wanted
from rooms.media.sdp import Direction, Extension, Kind, Section, Session, Transport

OFFERS = Path(__file__).parent / "offers"
NAMES = sorted(path.stem for path in OFFERS.glob("*.sdp"))
FINGERPRINT = ("sha-256", ":".join(["0A"] * 32))
LOCAL = Local(ufrag="serv", password="s" * 24, fingerprint=FINGERPRINT, addresses=[("192.0.2.1", 7882), ("2001:db8::1", 7882)])
REMOTE = Transport(ufrag="frag", password="p" * 24, fingerprints=(FINGERPRINT,), setup="actpass")
RTP = {
    "audio": ("mid", "transport-cc", "audio-level"),
    "video": ("mid", "transport-cc", "rid", "repaired-rid", "dependency-descriptor"),
}


def real(name: str) -> str:
    """The offer of a real client: ``chromium``, ``firefox`` or ``rust``, of its ``publisher`` connection or its ``single`` one."""
    return (OFFERS / f"{name}.sdp").read_text("utf-8").replace("\n", "\r\n")


def wanted(number: int, mime: str = "video/VP8", **more: str) -> Wanted:
    """A track of somebody else, with ssrcs made of its number."""
    return Wanted(
        sid=f"TR_{number}",
        participant_sid="PA_other",
        kind=mime.partition("/")[0],
        codec=Codec(mime, **more),
        ssrc=1000 + number,
        rtx_ssrc=0 if mime.startswith("audio") else 2000 + number,
    )


def section(
    mid: str, kind: str, direction: Direction = "recvonly", *, cid: str = "", mimes: tuple[str, ...] = (), **more: object
) -> Section:
    """A section as a client offers it, with these codecs in this order, or all of ours."""
    listed = mimes or tuple(mime for mime in codecs.TABLE if mime.startswith(kind))
    whole = Section(
        kind=cast(Kind, kind),
        mid=mid,
        direction=direction,
        encodings=tuple(encoding for mime in listed for encoding in codecs.offered(Codec(mime))),
        extensions=tuple(Extension(list(codecs.EXTENSIONS).index(name) + 1, codecs.EXTENSIONS[name]) for name in RTP[kind]),
        msid=("-", cid) if cid else None,
    )
    return replace(whole, **more)


def offer(*sections: Section, ufrag: str = "frag", data: bool = True) -> str:
    """The text of a client's offer with these sections and one for data."""
    last = (Section(kind="application", mid="data", max_message_bytes=262144),) if data else ()
    transport = replace(REMOTE, ufrag=ufrag)
    return sdp.write(Session(id=1, version=1, transport=transport, sections=(*sections, *last)))


def answer(offered: str, *, decodes: tuple[str, ...] = tuple(codecs.TABLE)) -> str:
    """How a client that decodes these codecs answers an offer of the server."""
    theirs = sdp.parse(offered, more=1000)
    sections = []
    for one in theirs.sections:
        if one.kind == "application":
            sections.append(one)
            continue
        kept = [choice for choice in codecs.choices(one) if choice.codec.mime in decodes]
        encodings = tuple(encoding for choice in kept for encoding in (choice.encoding, choice.rtx) if encoding)
        rejected = one.rejected or not encodings
        direction = sdp.REVERSED[one.direction]
        sections.append(
            Section(
                kind=one.kind,
                mid=one.mid,
                rejected=rejected,
                direction=direction,
                encodings=encodings or one.encodings[:1],
                extensions=() if rejected else one.extensions,
            )
        )
    transport = replace(REMOTE, setup="active")
    return sdp.write(Session(id=2, version=1, transport=transport, sections=tuple(sections)))


class Follower:
    """Follows what is sent on each section, and holds the server to the rules."""

    def __init__(self) -> None:
        self.tracks: dict[str, str | None] = {}
        """By mid, the track that flows, None for a section that is inactive."""
        self.kinds: dict[str, str] = {}

    def see(self, text: str) -> None:
        """Takes a description that has come into force."""
        described = sdp.parse(text, more=1000)
        flowing = []
        for one in described.sections:
            assert self.kinds.setdefault(one.mid, one.kind) == one.kind
            if one.kind == "application" or one.rejected:
                self.tracks.pop(one.mid, None)
                continue
            assert one.extensions, "a section without header extensions"
            now = one.msid[1] if one.sends and one.msid else None
            before = self.tracks.get(one.mid)
            assert now is None or before in (None, now), "a section was given to another track without a rest"
            self.tracks[one.mid] = now
            flowing += [now] if now else []
        assert len(flowing) == len(set(flowing)), "a track on two sections"
