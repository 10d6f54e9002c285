"""Session descriptions of a client, as text: written and read by hand, so that the server's own reading of them is put to the test."""

import re
from dataclasses import dataclass, field

EXTENSIONS = {
    "mid": (1, "urn:ietf:params:rtp-hdrext:sdes:mid"),
    "rid": (2, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"),
    "repaired-rid": (3, "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"),
    "transport-cc": (4, "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"),
    "audio-level": (5, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
}
AUDIO_TYPE, VIDEO_TYPE, RTX_TYPE = 111, 96, 97
_AUDIO = f"""a=rtpmap:{AUDIO_TYPE} opus/48000/2
a=fmtp:{AUDIO_TYPE} minptime=10;useinbandfec=1
a=rtcp-fb:{AUDIO_TYPE} transport-cc
a=rtcp-fb:{AUDIO_TYPE} nack"""
_VIDEO = f"""a=rtpmap:{VIDEO_TYPE} VP8/90000
a=rtcp-fb:{VIDEO_TYPE} goog-remb
a=rtcp-fb:{VIDEO_TYPE} transport-cc
a=rtcp-fb:{VIDEO_TYPE} ccm fir
a=rtcp-fb:{VIDEO_TYPE} nack
a=rtcp-fb:{VIDEO_TYPE} nack pli
a=rtpmap:{RTX_TYPE} rtx/90000
a=fmtp:{RTX_TYPE} apt={VIDEO_TYPE}"""


@dataclass
class Sending:
    """A section in which the client sends a track. ``layers`` are the names of its simulcast layers; empty: one stream."""

    mid: str
    kind: str
    cid: str
    ssrc: int
    rtx_ssrc: int
    layers: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        video = self.kind == "video"
        types = f"{VIDEO_TYPE} {RTX_TYPE}" if video else str(AUDIO_TYPE)
        names = ["mid", "transport-cc", *(["rid", "repaired-rid"] if video else ["audio-level"])]
        lines = [f"m={self.kind} 9 UDP/TLS/RTP/SAVPF {types}", "c=IN IP4 0.0.0.0", f"a=mid:{self.mid}"]
        lines += [f"a=extmap:{EXTENSIONS[name][0]} {EXTENSIONS[name][1]}" for name in names]
        lines += ["a=sendonly", f"a=msid:- {self.cid}", "a=rtcp-mux", "a=rtcp-rsize", _VIDEO if video else _AUDIO]
        if self.layers:
            lines += [f"a=rid:{layer} send" for layer in self.layers] + [f"a=simulcast:send {';'.join(self.layers)}"]
        else:
            lines += [f"a=ssrc-group:FID {self.ssrc} {self.rtx_ssrc}"] if video else []
            lines += [f"a=ssrc:{ssrc} cname:peer" for ssrc in ((self.ssrc, self.rtx_ssrc) if video else (self.ssrc,))]
        return "\n".join(lines)


@dataclass
class Section:
    """What stands in one section of the server's description."""

    kind: str
    mid: str
    lines: list[str]

    @property
    def sends(self) -> bool:
        return "a=sendonly" in self.lines or "a=sendrecv" in self.lines

    @property
    def track_sid(self) -> str:
        """From ``a=msid:PA_x|TR_y TR_y``; empty when it sends nothing."""
        found = re.search(r"^a=msid:\S+ (TR_\w+)", "\n".join(self.lines), re.M)
        return found[1] if found else ""

    @property
    def ssrcs(self) -> list[int]:
        return list(dict.fromkeys(int(number) for number in re.findall(r"^a=ssrc:(\d+)", "\n".join(self.lines), re.M)))

    @property
    def repairs(self) -> dict[int, int]:
        """Ssrc of retransmissions to that of the stream."""
        return {int(rtx): int(ssrc) for ssrc, rtx in re.findall(r"^a=ssrc-group:FID (\d+) (\d+)", "\n".join(self.lines), re.M)}

    @property
    def repair_types(self) -> dict[int, int]:
        """Payload type of retransmissions to that of the stream."""
        return {int(rtx): int(of) for rtx, of in re.findall(r"^a=fmtp:(\d+) apt=(\d+)", "\n".join(self.lines), re.M)}

    def answered(self) -> str:
        """This section in an answer that takes all it offers."""
        kept = [
            line
            for line in self.lines
            if re.match(r"a=(mid|extmap|rtpmap|fmtp|rtcp-fb|rtcp-mux|rtcp-rsize|sctp-port|max-message-size)", line)
        ]
        head = [self.lines[0].replace(self.lines[0].split()[1], "9", 1), "c=IN IP4 0.0.0.0"]
        way = [] if self.kind == "application" else ["a=recvonly" if self.sends else "a=inactive"]
        return "\n".join([*head, *kept, *way])


@dataclass
class Remote:
    """The server's description."""

    ufrag: str
    password: str
    fingerprint: tuple[str, str]
    setup: str
    addresses: list[tuple[str, int]]
    sections: list[Section] = field(default_factory=list)


def read(text: str) -> Remote:
    """Reads a description of the server."""

    def one(pattern: str) -> str:
        found = re.search(pattern, text, re.M)
        assert found is not None, f"{pattern} is not in\n{text}"
        return found[1].strip()

    algorithm, value = one(r"^a=fingerprint:(.+)$").split()
    addresses = [(host, int(port)) for host, port in re.findall(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", text, re.M | re.I)]
    sections = []
    for block in re.split(r"^(?=m=)", text.replace("\r", ""), flags=re.M)[1:]:
        lines = block.strip().split("\n")
        mid = next(line[6:] for line in lines if line.startswith("a=mid:"))
        sections.append(Section(lines[0][2:].split()[0], mid, lines))
    return Remote(one(r"^a=ice-ufrag:(.+)$"), one(r"^a=ice-pwd:(.+)$"), (algorithm, value), one(r"^a=setup:(.+)$"), addresses, sections)


def write(version: int, ufrag: str, password: str, fingerprint: tuple[str, str], setup: str, sections: list[tuple[str, str]]) -> str:
    """A description of ours; ``sections`` are mids and texts."""
    transport = [
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{password}",
        "a=ice-options:trickle",
        f"a=fingerprint:{fingerprint[0]} {fingerprint[1]}",
        f"a=setup:{setup}",
    ]
    head = ["v=0", f"o=- 4611731400430051336 {version} IN IP4 127.0.0.1", "s=-", "t=0 0"]
    head += [f"a=group:BUNDLE {' '.join(mid for mid, _ in sections)}", "a=extmap-allow-mixed", "a=msid-semantic: WMS *"]
    body = ["\n".join([text.split("\n")[0], *transport, *text.split("\n")[1:]]) for _, text in sections]
    return "\r\n".join("\n".join([*head, *body, ""]).split("\n"))


DATA = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\nc=IN IP4 0.0.0.0\na=mid:{mid}\na=sctp-port:5000\na=max-message-size:262144"
"""The section of the data channels."""
