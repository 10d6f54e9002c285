"""Session descriptions: what browsers and SDKs say of a bundled WebRTC session, read within limits and written.

RFC 8866, and of JSEP (RFC 8829) what one bundled transport needs: every section rides on the transport of the first one in the BUNDLE
group, with RTP and RTCP multiplexed. A section that does not is read as rejected. Attributes that nobody asks for are neither kept nor
written again.
"""

import re
from collections.abc import Iterator
from typing import Literal, NoReturn, cast

import msgspec

from server.kernel.refused import Refused

Kind = Literal["audio", "video", "application"]
Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]

MOST_SECTIONS = 20
MOST_CANDIDATES = 40
MOST_BYTES = 64 << 10
"""A browser's join with six empty sections has 18 KiB; one section of video has 5 KiB, and their number is limited for itself."""
SECTION_BYTES = 8 << 10
"""What each section beyond ``MOST_SECTIONS`` may add."""
MOST_LINE = 2048
MOST_SSRCS = 32
MOST_RIDS = 3

REVERSED: dict[Direction, Direction] = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
"""What a direction is for the other side."""

_TOKEN = r"[A-Za-z0-9!#$%&'*+\-.^_`{|}~]"
_MID = re.compile(rf"{_TOKEN}{{1,16}}")  # 16 bytes fit the header extension of RFC 9143
_MSID = re.compile(rf"({_TOKEN}{{1,256}})(?: ({_TOKEN}{{1,256}}))?")
_RID = re.compile(r"([A-Za-z0-9_-]{1,16}) (send|recv)(?: .*)?")
_RTPMAP = re.compile(rf"([0-9]{{1,3}}) ({_TOKEN}{{1,32}})/([0-9]{{1,6}})(?:/([0-9]{{1,2}}))?")
_NUMBERED = re.compile(r"([0-9]{1,3}|\*) (.*)")
_EXTMAP = re.compile(r"([0-9]{1,3})(?:/(sendrecv|sendonly|recvonly|inactive))? ([!-~]{1,256})(?: .*)?")
_SSRC = re.compile(r"([0-9]{1,10}) (?:cname:([!-~]{1,256})|.*)")
_FID = re.compile(r"FID ([0-9]{1,10}) ([0-9]{1,10})")
_FINGERPRINT = re.compile(r"([A-Za-z0-9-]{1,16}) ((?:[0-9A-Fa-f]{2}:){15,63}[0-9A-Fa-f]{2})")
_CANDIDATE = re.compile(r"[A-Za-z0-9+/]{1,32} 1 udp ([0-9]{1,10}) ([0-9A-Fa-f.:]{2,45}) ([0-9]{1,5}) typ host(?: .*)?", re.I)
_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_ORIGIN = re.compile(r"\S+ ([0-9]{1,20}) ([0-9]{1,20}) IN IP[46] \S+")
_MEDIA = re.compile(r"(audio|video|application) ([0-9]{1,5}) ([A-Z/]{3,32})((?: [\w-]{1,32}){1,128})")
_PARAMETER = re.compile(r"([A-Za-z0-9-]{1,64})=([!-:<-~]{0,256})")
_FEEDBACK = re.compile(r"[a-z0-9-]{1,32}(?: [a-z0-9-]{1,32})?")
_RTP_PROTOCOLS = ("UDP/TLS/RTP/SAVPF", "RTP/SAVPF", "TCP/TLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVPF")
_DATA_PROTOCOLS = ("UDP/DTLS/SCTP", "TCP/DTLS/SCTP")


class Encoding(msgspec.Struct, frozen=True, kw_only=True):
    """One payload type of a section, from its ``rtpmap``, ``fmtp`` and ``rtcp-fb``."""

    payload_type: int
    name: str
    """In lower case, such as ``opus`` or ``rtx``."""
    clock_hz: int
    channels: int = 1
    parameters: dict[str, str] = {}
    """Names in lower case."""
    feedback: tuple[str, ...] = ()
    """Such as ``nack pli``."""


class Extension(msgspec.Struct, frozen=True):
    """A header extension: its number in packets (RFC 8285), its URI, and which way it is used."""

    id: int
    uri: str
    direction: Direction = "sendrecv"


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One ``m=`` section."""

    kind: Kind
    mid: str
    rejected: bool = False
    """Port 0, not in the bundle, or RTP and RTCP apart: nothing can flow."""
    direction: Direction = "inactive"
    encodings: tuple[Encoding, ...] = ()
    """In order of preference."""
    extensions: tuple[Extension, ...] = ()
    msid: tuple[str, str] | None = None
    """Stream and track, as the sender names them."""
    cname: str = "-"
    ssrcs: tuple[int, ...] = ()
    fid: tuple[tuple[int, int], ...] = ()
    """Pairs of the ssrc of a stream and of its retransmissions (RFC 5576)."""
    rids: tuple[str, ...] = ()
    """Simulcast layers in the order in which the section lists them."""
    rids_way: Literal["send", "recv"] = "send"
    max_message_bytes: int = 0
    """Of a data section, 0 for any size."""

    @property
    def sends(self) -> bool:
        """Whether who wrote the section wants to send."""
        return not self.rejected and self.direction in ("sendrecv", "sendonly")

    @property
    def receives(self) -> bool:
        """Whether who wrote the section wants to receive."""
        return not self.rejected and self.direction in ("sendrecv", "recvonly")


class Candidate(msgspec.Struct, frozen=True):
    """A host candidate for UDP."""

    host: str
    port: int
    priority: int


class Transport(msgspec.Struct, frozen=True, kw_only=True):
    """The one transport of the bundle."""

    ufrag: str
    password: str
    fingerprints: tuple[tuple[str, str], ...]
    """Algorithm and value of each, as in ``("sha-256", "AB:CD:…")``."""
    setup: Literal["actpass", "active", "passive"]
    candidates: tuple[Candidate, ...] = ()


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session description."""

    id: int
    version: int
    transport: Transport
    sections: tuple[Section, ...]
    lite: bool = False
    """Whether ICE is answered and never begun (RFC 8445 section 2.5)."""


def parse(text: str, *, more: int = 0) -> Session:
    """Reads a session description; ``more`` sections beyond ``MOST_SECTIONS`` are taken.

    Raises: Refused ``bad_sdp`` and nothing else, with ``at`` saying where: an attribute, or the limit that was passed.
    """
    if len(text) > MOST_BYTES + SECTION_BYTES * more:
        _refuse("bytes")
    head: dict[str, list[str]] = {}
    parts: list[tuple[str, dict[str, list[str]]]] = []
    attributes = head
    candidates = 0
    for line in text.replace("\r\n", "\n").removesuffix("\n").split("\n"):
        if len(line) > MOST_LINE or line[1:2] != "=" or not line.isprintable():
            _refuse("line")
        if line[0] == "m":
            attributes = {}
            parts.append((line[2:], attributes))
            if len(parts) > MOST_SECTIONS + more:
                _refuse("sections")
        name, _, value = line[2:].partition(":") if line[0] == "a" else (line[:2], "", line[2:])
        if name == "candidate":
            candidates += 1
            if candidates > MOST_CANDIDATES:
                _refuse("candidates")
        attributes.setdefault(name, []).append(value)
    if head.get("v=") != ["0"]:
        _refuse("v=")
    groups = [group.split()[1:] for group in head.get("group", ()) if group.startswith("BUNDLE ")]
    bundle = groups[0] if groups else []
    sections = tuple(_section(line, attributes, head, bundle) for line, attributes in parts)
    mids = [section.mid for section in sections]
    if len(set(mids)) != len(mids):
        _refuse("mid")
    carrier = next((attributes for section, (_, attributes) in zip(sections, parts, strict=True) if section.mid in bundle[:1]), None)
    if carrier is None:
        _refuse("group")
    number, version = _only(_ORIGIN, "o=", head)
    transport = _transport(carrier, head)
    return Session(id=int(number), version=int(version), transport=transport, sections=sections, lite="ice-lite" in head)


def _transport(own: dict[str, list[str]], head: dict[str, list[str]]) -> Transport:
    """What the section that carries the bundle says of its transport, or else the session for all."""
    attributes = head | own
    setup = attributes.get("setup", [""])[0]
    if setup not in ("actpass", "active", "passive"):
        _refuse("setup")
    fingerprints = [match.groups() for match in _matches(_FINGERPRINT, "fingerprint", attributes)][:8]
    if not fingerprints:
        _refuse("fingerprint")
    found = [match.groups() for value in own.get("candidate", ()) if (match := _CANDIDATE.fullmatch(value))]
    return Transport(
        ufrag=_only(_UFRAG, "ice-ufrag", attributes)[0],
        password=_only(_PASSWORD, "ice-pwd", attributes)[0],
        fingerprints=tuple((algorithm.lower(), value.upper()) for algorithm, value in fingerprints),
        setup=cast(Literal["actpass", "active", "passive"], setup),
        candidates=tuple(
            Candidate(host, int(port), int(priority)) for priority, host, port in found if int(port) < 1 << 16 and int(priority) < 1 << 32
        ),
    )


def _section(line: str, attributes: dict[str, list[str]], head: dict[str, list[str]], bundle: list[str]) -> Section:
    match = _MEDIA.fullmatch(line)
    if match is None:
        _refuse("m=")
    kind, port, protocol, formats = match.groups()
    (mid,) = _only(_MID, "mid", attributes)
    rejected = mid not in bundle or (int(port) == 0 and "bundle-only" not in attributes)
    if kind == "application":
        if protocol not in _DATA_PROTOCOLS or formats != " webrtc-datachannel":
            _refuse("m=")
        size = attributes.get("max-message-size", ["65536"])[0]
        if not re.fullmatch(r"[0-9]{1,20}", size):
            _refuse("max-message-size")
        return Section(kind="application", mid=mid, rejected=rejected, max_message_bytes=int(size))
    if protocol not in _RTP_PROTOCOLS:
        _refuse("m=")
    ssrcs = [(int(number), cname or "") for number, cname in (match.groups() for match in _matches(_SSRC, "ssrc", attributes))]
    different = tuple(dict.fromkeys(number for number, _ in ssrcs))
    fid = [match.groups() for value in attributes.get("ssrc-group", ()) if (match := _FID.fullmatch(value))]
    pairs = tuple((int(media), int(repair)) for media, repair in fid)
    if len(different) > MOST_SSRCS or any(ssrc >= 1 << 32 for ssrc in (*different, *(ssrc for pair in pairs for ssrc in pair))):
        _refuse("ssrc")
    rids, way = _rids(attributes)
    msid = next((match.groups() for match in _matches(_MSID, "msid", attributes)), None)
    return Section(
        kind=cast(Kind, kind),
        mid=mid,
        rejected=rejected or not {"rtcp-mux", "rtcp-mux-only"} & attributes.keys(),
        direction=_direction(attributes) or _direction(head) or "sendrecv",
        encodings=_encodings(formats.split(), attributes),
        extensions=tuple(_extensions(attributes)),
        msid=(msid[0], msid[1] or "") if msid else None,
        cname=next((cname for _, cname in ssrcs if cname), "-"),
        ssrcs=different,
        fid=pairs[:MOST_SSRCS],
        rids=rids,
        rids_way=way,
    )


def _direction(attributes: dict[str, list[str]]) -> Direction | None:
    return next((direction for direction in REVERSED if direction in attributes), None)


def _encodings(formats: list[str], attributes: dict[str, list[str]]) -> tuple[Encoding, ...]:
    listed = list(dict.fromkeys(int(one) for one in formats if re.fullmatch(r"[0-9]{1,3}", one)))
    if len(listed) != len(formats) or any(one > 127 for one in listed):
        _refuse("m=")
    parameters = {key: _parameters(value) for key, value in _all(_NUMBERED, "fmtp", attributes)}
    feedback: dict[str, list[str]] = {}
    for key, value in _all(_NUMBERED, "rtcp-fb", attributes):
        if _FEEDBACK.fullmatch(value):
            feedback.setdefault(key, []).append(value)
    maps = {int(number): (name, clock, channels) for number, name, clock, channels in _all(_RTPMAP, "rtpmap", attributes)}
    return tuple(
        Encoding(
            payload_type=one,
            name=maps[one][0].lower(),
            clock_hz=int(maps[one][1]),
            channels=max(1, int(maps[one][2] or 1)),
            parameters=parameters.get(str(one), {}),
            feedback=tuple(dict.fromkeys((*feedback.get(str(one), ()), *feedback.get("*", ())))),
        )
        for one in listed
        if one in maps  # what has no name is of the static types (RFC 3551), and none of those is ours
    )


def _parameters(text: str) -> dict[str, str]:
    found = (_PARAMETER.fullmatch(part.strip()) for part in text.split(";")[:32])
    return {match[1].lower(): match[2] for match in found if match}


def _extensions(attributes: dict[str, list[str]]) -> Iterator[Extension]:
    seen: set[int] = set()
    for number, way, uri in _all(_EXTMAP, "extmap", attributes):
        if not 1 <= int(number) <= 255 or int(number) in seen:
            continue  # numbers above 4095 offer a choice that no client of ours makes
        seen.add(int(number))
        yield Extension(int(number), uri, cast(Direction, way or "sendrecv"))


def _rids(attributes: dict[str, list[str]]) -> tuple[tuple[str, ...], Literal["send", "recv"]]:
    """The layers that the section sends, or else receives, in the order of its ``simulcast`` attribute."""
    found = [match.groups() for match in _matches(_RID, "rid", attributes)]
    way: Literal["send", "recv"] = "send" if any(way == "send" for _, way in found) or not found else "recv"
    rids = [rid for rid, its_way in found if its_way == way]
    words = attributes.get("simulcast", [""])[0].split()
    listed = words[words.index(way) + 1 :][:1] if way in words else []
    order = [layer.split(",")[0].lstrip("~") for layers in listed for layer in layers.split(";")]
    rids.sort(key=lambda rid: order.index(rid) if rid in order else len(order))
    return tuple(dict.fromkeys(rids))[:MOST_RIDS], way


def _matches(pattern: re.Pattern[str], name: str, attributes: dict[str, list[str]]) -> Iterator[re.Match[str]]:
    for value in attributes.get(name, ()):
        match = pattern.fullmatch(value)
        if match is None:
            _refuse(name)
        yield match


def _all(pattern: re.Pattern[str], name: str, attributes: dict[str, list[str]]) -> Iterator[tuple[str, ...]]:
    return (match.groups() for match in _matches(pattern, name, attributes))


def _only(pattern: re.Pattern[str], name: str, attributes: dict[str, list[str]]) -> tuple[str, ...]:
    """The groups of the one value of an attribute that must be there, or the value itself."""
    values = attributes.get(name, [])
    match = pattern.fullmatch(values[0]) if len(values) == 1 else None
    if match is None:
        _refuse(name)
    return match.groups() or (match[0],)


def _refuse(at: str) -> NoReturn:
    raise Refused("bad_sdp", at=at)


def write(session: Session) -> str:
    """The text of a session description.

    Raises: ValueError when a value has a line break or another control character in it, which is a fault of the caller.
    """
    lines = list(_lines(session))
    if not all(line.isprintable() for line in lines):
        raise ValueError("a control character in a session description")
    return "\r\n".join(lines) + "\r\n"


def _lines(session: Session) -> Iterator[str]:
    bundle = [section.mid for section in session.sections if not section.rejected]
    yield from ("v=0", f"o=- {session.id} {session.version} IN IP4 127.0.0.1", "s=-", "t=0 0")
    if session.lite:
        yield "a=ice-lite"
    yield from (f"a=group:BUNDLE {' '.join(bundle)}", "a=extmap-allow-mixed", "a=msid-semantic: WMS *")
    for section in session.sections:
        yield from _section_lines(section)
        if not section.rejected:
            yield from _transport_lines(session.transport, first=section.mid == bundle[0])


def _transport_lines(transport: Transport, *, first: bool) -> Iterator[str]:
    yield from (f"a=ice-ufrag:{transport.ufrag}", f"a=ice-pwd:{transport.password}")
    yield from (f"a=fingerprint:{algorithm} {value}" for algorithm, value in transport.fingerprints)
    yield f"a=setup:{transport.setup}"
    if first and transport.candidates:
        for number, one in enumerate(transport.candidates, 1):
            yield f"a=candidate:{number} 1 udp {one.priority} {one.host} {one.port} typ host generation 0"
        yield "a=end-of-candidates"


def _section_lines(section: Section) -> Iterator[str]:
    port = 0 if section.rejected else 9
    if section.kind == "application":
        yield from (f"m=application {port} UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}")
        yield from ("a=sctp-port:5000", f"a=max-message-size:{section.max_message_bytes}")
        return
    types = " ".join(str(encoding.payload_type) for encoding in section.encodings) or "0"
    yield from (f"m={section.kind} {port} UDP/TLS/RTP/SAVPF {types}", "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}", f"a={section.direction}")
    yield from ("a=rtcp-mux", "a=rtcp-rsize")
    for encoding in section.encodings:
        yield from _encoding_lines(encoding)
    for extension in section.extensions:
        way = "" if extension.direction == "sendrecv" else f"/{extension.direction}"
        yield f"a=extmap:{extension.id}{way} {extension.uri}"
    if section.rids:
        yield from (f"a=rid:{rid} {section.rids_way}" for rid in section.rids)
        yield f"a=simulcast:{section.rids_way} {';'.join(section.rids)}"
    if section.msid:
        yield f"a=msid:{' '.join(section.msid)}".rstrip()
    yield from (f"a=ssrc-group:FID {media} {repair}" for media, repair in section.fid)
    yield from (f"a=ssrc:{ssrc} cname:{section.cname}" for ssrc in section.ssrcs)


def _encoding_lines(encoding: Encoding) -> Iterator[str]:
    channels = f"/{encoding.channels}" if encoding.channels > 1 else ""
    names = {"vp8": "VP8", "vp9": "VP9", "av1": "AV1", "h264": "H264"}
    yield f"a=rtpmap:{encoding.payload_type} {names.get(encoding.name, encoding.name)}/{encoding.clock_hz}{channels}"
    yield from (f"a=rtcp-fb:{encoding.payload_type} {feedback}" for feedback in encoding.feedback)
    if encoding.parameters:
        yield f"a=fmtp:{encoding.payload_type} {';'.join(f'{name}={value}' for name, value in encoding.parameters.items())}"
