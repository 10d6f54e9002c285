"""Reading and writing session descriptions: what real clients write, the limits, and damaged text."""

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.media import sdp
from server.kernel.refused import Refused
from tests.rooms.media.descriptions import LOCAL, NAMES, offer, real, section


@pytest.mark.parametrize("name", NAMES)
def test_what_is_read_is_written_and_read_the_same(name: str) -> None:
    session = sdp.parse(real(name))
    assert sdp.parse(sdp.write(session)) == session


def test_a_chromium_that_publishes() -> None:
    audio, layers, video, data = sdp.parse(real("chromium-publisher")).sections
    assert (audio.kind, audio.mid, audio.direction, audio.sends, audio.receives) == ("audio", "0", "sendonly", True, False)
    assert audio.encodings[0] == sdp.Encoding(
        payload_type=111,
        name="opus",
        clock_hz=48000,
        channels=2,
        parameters={"minptime": "10", "useinbandfec": "1"},
        feedback=("transport-cc",),
    )
    assert layers.rids == ("q", "h", "f") and layers.rids_way == "send" and layers.ssrcs == ()
    assert len(video.ssrcs) == 2 and video.fid == (video.ssrcs,)
    assert video.encodings[0].feedback == ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")
    assert (data.kind, data.max_message_bytes) == ("application", 262144)


def test_a_firefox_says_its_fingerprint_once_and_names_tracks_in_braces() -> None:
    session = sdp.parse(real("firefox-publisher"))
    assert session.transport.fingerprints == (("sha-256", ":".join(["0A"] * 32)),)
    audio, layers, bundle_only, _ = session.sections
    assert audio.msid is not None and audio.msid[1].startswith("{")
    assert layers.rids == ("q", "h", "f") and len(layers.ssrcs) == 6
    assert not bundle_only.rejected
    assert sdp.Extension(8, "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension", "sendonly") in (
        layers.extensions
    )


def test_layers_are_listed_in_the_order_of_the_simulcast_attribute() -> None:
    text = offer(section("0", "video", "sendonly", rids=("q", "h", "f")))
    assert sdp.parse(text.replace("a=simulcast:send q;h;f", "a=simulcast:send f;~h,x;q")).sections[0].rids == ("f", "h", "q")


@pytest.mark.parametrize(
    ("old", "new"),
    [("a=rtcp-mux\r\n", ""), ("a=group:BUNDLE 0 1 data", "a=group:BUNDLE 1 data"), ("m=video 9", "m=video 0")],
)
def test_a_section_that_does_not_share_the_transport_is_rejected(old: str, new: str) -> None:
    text = offer(section("0", "video"), section("1", "audio"))
    first, second, _ = sdp.parse(text.replace(old, new, 1)).sections
    assert (first.rejected, second.rejected) == (True, False)


def test_our_candidates_are_read_back() -> None:
    session = msgspec.structs.replace(sdp.parse(real("chromium-single")), transport=LOCAL.transport("passive"), lite=True)
    text = sdp.write(session)
    assert "a=ice-lite\r\n" in text.split("m=")[0]
    assert text.count("a=candidate") == 2 and text.count("a=end-of-candidates") == 1
    hosts = [(one.host, one.port) for one in sdp.parse(text).transport.candidates]
    assert hosts == [("192.0.2.1", 7882), ("2001:db8::1", 7882)]


def test_a_line_break_is_not_written() -> None:
    session = sdp.parse(real("firefox-single"))
    for bad in ("x\r\na=sendrecv", "x\n", "x\0"):
        with pytest.raises(ValueError, match="control character"):
            sdp.write(msgspec.structs.replace(session, transport=msgspec.structs.replace(session.transport, ufrag=bad)))


def refusal(text: str, more: int = 0) -> object:
    """Where a text is refused."""
    with pytest.raises(Refused) as refused:
        sdp.parse(text, more=more)
    assert refused.value.code == "bad_sdp"
    return refused.value.detail["at"]


def test_limits() -> None:
    twenty = [section(str(number), "audio") for number in range(sdp.MOST_SECTIONS)]
    assert refusal(offer(*twenty)) == "sections"
    assert len(sdp.parse(offer(*twenty), more=1).sections) == 21
    text = offer(section("0", "audio"))
    assert refusal(text + "a=x\r\n" * (sdp.MOST_BYTES // 5)) == "bytes"
    assert refusal(text + f"a={'x' * sdp.MOST_LINE}\r\n") == "line"
    candidate = "a=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\n"
    assert sdp.parse(text + candidate * sdp.MOST_CANDIDATES).sections
    assert refusal(text + candidate * (sdp.MOST_CANDIDATES + 1)) == "candidates"


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("v=0", "v=1", "v="),
        ("a=mid:0", "a=mid:1", "mid"),
        ("a=mid:0", "a=x", "mid"),
        ("a=mid:0", f"a=mid:{'0' * 17}", "mid"),
        ("a=group:BUNDLE 0 1 data", "a=x", "group"),
        ("m=audio 9", "m=text 9", "m="),
        ("UDP/TLS/RTP/SAVPF", "RTP/AVP", "m="),
        ("a=setup:actpass", "a=setup:holdconn", "setup"),
        ("a=ice-ufrag:frag", "a=ice-ufrag:x", "ice-ufrag"),
        ("a=ice-pwd:pppp", "a=ice-pwd:\u00fc", "ice-pwd"),
        ("a=fingerprint:sha-256", "a=fingerprint:", "fingerprint"),
        ("a=fingerprint", "a=x", "fingerprint"),
        ("a=rtpmap:111 opus", "a=rtpmap:111 op\tus", "line"),
        ("a=rtpmap:111 opus", "a=rtpmap:opus", "rtpmap"),
        ("a=extmap:1 ", "a=extmap:one ", "extmap"),
    ],
)
def test_malformed_text_is_refused_where_it_is_malformed(old: str, new: str, at: str) -> None:
    text = offer(section("0", "audio"), section("1", "video"))
    changed = re.sub(re.escape(old), lambda _: new, text) if old.startswith(("a=setup", "a=ice", "a=fing")) else text.replace(old, new, 1)
    assert changed != text
    assert refusal(changed) == at


def test_what_nobody_asks_for_is_not_written_again() -> None:
    text = real("chromium-publisher").replace("a=mid:0", "a=remote-candidates:1 10.0.0.5 5432\r\na=mid:0")
    assert "10.0.0.5" not in sdp.write(sdp.parse(text))


BITS = "\r\n|\r|\n|\0|a=|m=|m=video 9 |:|;|=| |*|-1|999999999999|65536|/|~|\u0665|a=mid:|a=msid:|a=extmap:15|a=rtcp-fb:* nack|a=fmtp:96"
ATTRIBUTES = "a=rid:q send|a=simulcast:send|a=ssrc:1|a=ssrc-group:FID 1|a=recvonly|a=bundle-only|a=group:BUNDLE 0|a=candidate:1 1 udp 1"
pieces = st.one_of(st.sampled_from(f"{BITS}|{ATTRIBUTES}".split("|")), st.text(max_size=8))
damage = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), pieces), min_size=1, max_size=8)


def damaged(text: str, changes: list[tuple[float, int, str]]) -> str:
    for where, length, instead in changes:
        at = int(where * len(text))
        text = text[:at] + instead + text[at + length :]
    return text


def read(text: str) -> sdp.Session | None:
    """What a text says, or None when it is refused."""
    try:
        return sdp.parse(text)
    except Refused:
        return None


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(NAMES), damage)
def test_damaged_text_is_read_or_refused(name: str, changes: list[tuple[float, int, str]]) -> None:
    session = read(damaged(real(name), changes))
    if session and not all(section.rejected for section in session.sections):
        assert sdp.parse(sdp.write(session)) == session
