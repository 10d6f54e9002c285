"""The codecs and header extensions that the media server speaks: one table of each, and how they are found in a section.

A publishing section is answered with one codec, so that its sender cannot change it in silence; what is forwarded is never re-encoded, so a
viewer gets the publisher's codec or nothing. Redundant audio (RFC 2198) is not answered: publishers then send plain Opus.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from rooms.media.sdp import REVERSED, Encoding, Extension, Section


class Codec(msgspec.Struct, frozen=True):
    """What a track is encoded with."""

    mime: str
    """A key of ``TABLE``, such as ``video/VP8``."""
    profile: str = ""
    """Of H264 its ``profile-level-id``, six hexadecimal digits."""

    @property
    def kind(self) -> str:
        """``audio`` or ``video``."""
        return self.mime.partition("/")[0]

    @property
    def name(self) -> str:
        """In lower case, such as ``vp8``."""
        return self.mime.partition("/")[2].lower()


class Row(NamedTuple):
    """A codec of the table: how our own offers describe it."""

    clock_hz: int
    channels: int
    payload_type: int
    rtx_payload_type: int | None
    parameters: Mapping[str, str]
    feedback: tuple[str, ...]


_AUDIO = ("transport-cc", "nack")
_VIDEO = ("transport-cc", "ccm fir", "nack", "nack pli")
_H264 = {"level-asymmetry-allowed": "1", "packetization-mode": "1", "profile-level-id": "42e01f"}

TABLE: Mapping[str, Row] = {
    "audio/opus": Row(48000, 2, 111, None, {"minptime": "10", "useinbandfec": "1"}, _AUDIO),
    "video/VP8": Row(90000, 1, 96, 97, {}, _VIDEO),
    "video/H264": Row(90000, 1, 102, 103, _H264, _VIDEO),
    "video/VP9": Row(90000, 1, 98, 99, {"profile-id": "0"}, _VIDEO),
    "video/AV1": Row(90000, 1, 45, 46, {"level-idx": "5", "profile": "0", "tier": "0"}, _VIDEO),
}

CONSTRAINED_BASELINE = "42e01f"
_PROFILES = (  # RFC 6184 table 5: profile_idc, and the bits of profile-iop that tell profiles apart
    ("constrained baseline", 0x42, 0b01000000, 0b01000000),
    ("constrained baseline", 0x4D, 0b10000000, 0b10000000),
    ("constrained baseline", 0x58, 0b11000000, 0b11000000),
    ("baseline", 0x42, 0b01000000, 0),
    ("main", 0x4D, 0b10000000, 0),
    ("high", 0x64, 0b11111111, 0),
    ("constrained high", 0x64, 0b11111111, 0b00001100),
)
_DECODERS = {
    "constrained baseline": {"constrained baseline", "baseline", "main", "high", "constrained high"},
    "baseline": {"baseline"},
    "main": {"main", "high"},
    "high": {"high"},
    "constrained high": {"constrained high", "high"},
}
"""Which profiles' decoders take a stream of a profile (H.264 annex A.2)."""
H264_OFFERS = {
    "constrained baseline": (CONSTRAINED_BASELINE, 102),
    "baseline": ("42001f", 104),
    "main": ("4d001f", 106),
    "high": ("64001f", 108),
    "constrained high": ("640c1f", 112),
}
"""How our own offers write a profile, and with which payload type; the level may differ from side to side."""

EXTENSIONS: Mapping[str, str] = {
    "mid": "urn:ietf:params:rtp-hdrext:sdes:mid",
    "rid": "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "repaired-rid": "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    "transport-cc": "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "audio-level": "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "abs-send-time": "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "abs-capture-time": "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
    "video-orientation": "urn:3gpp:video-orientation",
    "playout-delay": "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    "dependency-descriptor": "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
}
_NAMES = {uri: name for name, uri in EXTENSIONS.items()}

# Towards viewers only what the publisher may have to tell them. Without mid: they know a stream by the ssrc that the offer names.
OFFERED_EXTENSIONS: Mapping[str, Mapping[str, int]] = {
    "audio": {"audio-level": 1, "abs-capture-time": 2},
    "video": {"abs-capture-time": 2, "video-orientation": 3, "playout-delay": 4, "dependency-descriptor": 5},
}


def h264_profile(profile_level_id: str) -> str | None:
    """The name of the profile in a ``profile-level-id``; None for one we do not speak."""
    try:
        value = int(profile_level_id, 16)
    except ValueError:
        return None
    if len(profile_level_id) != 6:
        return None
    idc, iop = value >> 16, value >> 8 & 0xFF
    return next((name for name, its_idc, mask, bits in _PROFILES if idc == its_idc and iop & mask == bits), None)


def codec_of(encoding: Encoding) -> Codec | None:
    """The codec of a payload type, None when it is none of ours (also a profile, or a way to cut pictures into packets)."""
    parameters = encoding.parameters
    match encoding.name, encoding.clock_hz, encoding.channels:
        case "opus", 48000, 2:
            return Codec("audio/opus")
        case "vp8", 90000, 1:
            return Codec("video/VP8")
        case "vp9", 90000, 1 if parameters.get("profile-id", "0") == "0":
            return Codec("video/VP9")
        case "av1", 90000, 1 if parameters.get("profile", "0") == "0":
            return Codec("video/AV1")
        case "h264", 90000, 1 if parameters.get("packetization-mode", "0") == "1":
            profile = parameters.get("profile-level-id", "42000a").lower()  # RFC 6184 section 8.1: the default is baseline, level 1
            return Codec("video/H264", profile) if h264_profile(profile) else None
    return None


class Choice(NamedTuple):
    """A codec as one section numbers it."""

    codec: Codec
    encoding: Encoding
    rtx: Encoding | None

    @property
    def rtx_payload_type(self) -> int | None:
        return self.rtx.payload_type if self.rtx else None


def choices(section: Section) -> list[Choice]:
    """What of ours a section lists, in its order."""
    return [
        Choice(codec, encoding, _rtx(section, encoding.payload_type))
        for encoding in section.encodings
        if (codec := codec_of(encoding)) and codec.kind == section.kind
    ]


def to_receive(section: Section, wanted: Codec | None) -> Choice | None:
    """What to let a publishing section send: the codec wanted, or the section's first of ours. None when it has none of ours.

    Of several profiles of H264 the wanted one is taken, or else constrained baseline, which every viewer decodes.
    """
    listed = choices(section)
    fitting = [choice for choice in listed if wanted and choice.codec.mime == wanted.mime]
    if not fitting:
        fitting = [choice for choice in listed if choice.codec.mime == listed[0].codec.mime]
    return min(fitting, key=lambda choice: _strangeness(choice.codec, wanted), default=None)


def _strangeness(codec: Codec, wanted: Codec | None) -> int:
    if not codec.profile or (wanted and codec.profile == wanted.profile):
        return 0
    return 1 if h264_profile(codec.profile) == "constrained baseline" else 2


def to_send(section: Section, codec: Codec) -> Choice | None:
    """How a receiving section decodes a stream of ``codec``, None when it does not. H264: RFC 6184 section 8.2.2."""
    fitting = [choice for choice in choices(section) if choice.codec.mime == codec.mime]
    if codec.mime != "video/H264":
        return fitting[0] if fitting else None
    profile = h264_profile(codec.profile or CONSTRAINED_BASELINE)
    decoders = [choice for choice in fitting if h264_profile(choice.codec.profile) in _DECODERS[profile or "high"]]
    return min(decoders, key=lambda choice: h264_profile(choice.codec.profile) != profile, default=None)


def answered(choice: Choice, **parameters: str) -> tuple[Encoding, ...]:
    """The encodings that accept a choice, with our parameters and more, and what of its feedback we speak."""
    row = TABLE[choice.codec.mime]
    own = dict(row.parameters) | ({"profile-level-id": choice.codec.profile} if choice.codec.profile else {}) | parameters
    feedback = tuple(one for one in choice.encoding.feedback if one in row.feedback)
    main = _encoding(choice.encoding.payload_type, choice.codec, own, feedback)
    return (main, repair(choice.rtx.payload_type, main)) if choice.rtx else (main,)


def offered(codec: Codec, **parameters: str) -> tuple[Encoding, ...]:
    """The encodings that offer a codec with our own payload types; each profile of H264 has its own, so that one number means one thing."""
    row = TABLE[codec.mime]
    own, main_type, rtx_type = dict(row.parameters), row.payload_type, row.rtx_payload_type
    if codec.mime == "video/H264":
        profile = h264_profile(codec.profile or CONSTRAINED_BASELINE) or "high"
        own["profile-level-id"], main_type = H264_OFFERS[profile]
        rtx_type = main_type + 1
    main = _encoding(main_type, codec, own | parameters, row.feedback)
    return (main,) if rtx_type is None else (main, repair(rtx_type, main))


def repair(payload_type: int, main: Encoding) -> Encoding:
    """The retransmissions of ``main`` (RFC 4588)."""
    return Encoding(payload_type=payload_type, name="rtx", clock_hz=main.clock_hz, parameters={"apt": str(main.payload_type)})


def sent_extensions(section: Section) -> dict[str, int]:
    """The numbers of those extensions of ours which the section's writer may send, by their names in ``EXTENSIONS``."""
    return {_NAMES[one.uri]: one.id for one in section.extensions if one.uri in _NAMES and one.direction in ("sendrecv", "sendonly")}


def taken_extensions(section: Section) -> dict[str, int]:
    """The same of those which the section's writer takes."""
    return {_NAMES[one.uri]: one.id for one in section.extensions if one.uri in _NAMES and one.direction in ("sendrecv", "recvonly")}


def answered_extensions(section: Section, numbers: dict[str, int]) -> tuple[Extension, ...]:
    """What of a section's extensions we accept; ``numbers`` are those of the whole bundle so far, and are added to.

    Every audio and video section of a bundle must be answered with them, also one in which nothing flows: a browser that misses them in one
    gives up transport-wide feedback, or the whole description because of its simulcast layers. One number means one thing in the bundle.
    """
    accepted = []
    for extension in section.extensions:
        name = _NAMES.get(extension.uri)
        if name and (numbers.get(name) == extension.id or (name not in numbers and extension.id not in numbers.values())):
            numbers[name] = extension.id
            accepted.append(Extension(extension.id, extension.uri, REVERSED[extension.direction]))
    return tuple(accepted)


def offered_extensions(kind: str) -> tuple[Extension, ...]:
    """What our own offers propose for sections of a kind."""
    return tuple(Extension(number, EXTENSIONS[name]) for name, number in OFFERED_EXTENSIONS[kind].items())


def _encoding(payload_type: int, codec: Codec, parameters: dict[str, str], feedback: tuple[str, ...]) -> Encoding:
    row = TABLE[codec.mime]
    return Encoding(
        payload_type=payload_type,
        name=codec.name,
        clock_hz=row.clock_hz,
        channels=row.channels,
        parameters=parameters,
        feedback=feedback,
    )


def _rtx(section: Section, payload_type: int) -> Encoding | None:
    apt = str(payload_type)
    return next((one for one in section.encodings if one.name == "rtx" and one.parameters.get("apt") == apt), None)
