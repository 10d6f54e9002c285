"""Which codec of a section is taken: what publishers may send, what viewers decode, and the header extensions of a bundle."""

import pytest
from msgspec.structs import replace

from rooms.media import codecs, sdp
from rooms.media.codecs import Codec
from rooms.media.sdp import Extension, Section
from tests.rooms.media.descriptions import real, section


def h264(*profiles: str, mode: str = "1") -> Section:
    """A section that offers profiles of H264, from payload type 100 on."""
    parameters = [{"profile-level-id": profile, "packetization-mode": mode, "level-asymmetry-allowed": "1"} for profile in profiles]
    encodings = tuple(
        sdp.Encoding(payload_type=100 + number, name="h264", clock_hz=90000, parameters=one) for number, one in enumerate(parameters)
    )
    return Section(kind="video", mid="0", direction="sendrecv", encodings=encodings)


@pytest.mark.parametrize(
    ("profile_level_id", "profile"),
    [
        ("42e01f", "constrained baseline"),
        ("42c00b", "constrained baseline"),
        ("4d801f", "constrained baseline"),
        ("42001f", "baseline"),
        ("4d001f", "main"),
        ("640034", "high"),
        ("640c1f", "constrained high"),
        ("f4001f", None),
        ("42e0", None),
        ("xyzxyz", None),
    ],
)
def test_profiles_of_h264_have_names(profile_level_id: str, profile: str | None) -> None:
    assert codecs.h264_profile(profile_level_id) == profile


def test_the_codec_that_was_announced_is_taken_or_else_the_first_of_ours() -> None:
    offered = section("0", "video", "sendonly", mimes=("video/VP9", "video/VP8", "video/AV1"))
    for wanted, taken in ((Codec("video/VP8"), "video/VP8"), (None, "video/VP9"), (Codec("video/H264"), "video/VP9")):
        choice = codecs.to_receive(offered, wanted)
        assert choice is not None and choice.codec.mime == taken
        assert choice.rtx is not None and choice.rtx.parameters == {"apt": str(choice.encoding.payload_type)}


def test_a_section_without_a_codec_of_ours_has_nothing_to_take() -> None:
    strange = section("0", "audio", encodings=(sdp.Encoding(payload_type=9, name="g722", clock_hz=8000),))
    assert codecs.to_receive(strange, Codec("audio/opus")) is None
    assert codecs.choices(h264("42e01f", mode="0")) == []


def test_of_several_profiles_a_publisher_sends_the_one_that_everybody_decodes() -> None:
    offered = h264("42001f", "42c01f", "640c1f")
    for wanted, profile in ((None, "42c01f"), (Codec("video/H264"), "42c01f"), (Codec("video/H264", "640c1f"), "640c1f")):
        choice = codecs.to_receive(offered, wanted)
        assert choice is not None and choice.codec.profile == profile


@pytest.mark.parametrize(
    ("stream", "decoders", "payload_type"),
    [
        ("42e01f", ("42001f", "42e01f"), 101),
        ("42e01f", ("42001f",), 100),
        ("42e034", ("42e00d",), 100),
        ("42001f", ("42e01f", "640c1f"), None),
        ("640c1f", ("42e01f", "640034"), 101),
        ("4d001f", ("42e01f",), None),
    ],
)
def test_a_viewer_gets_a_profile_that_it_decodes(stream: str, decoders: tuple[str, ...], payload_type: int | None) -> None:
    choice = codecs.to_send(h264(*decoders), Codec("video/H264", stream))
    assert (choice and choice.encoding.payload_type) == payload_type


def test_our_offers_give_each_profile_a_payload_type_of_its_own() -> None:
    profiles = ("42e01f", "42001f", "4d001f", "640034", "640c1f")
    everything = [Codec(mime) for mime in codecs.TABLE if mime != "video/H264"] + [Codec("video/H264", one) for one in profiles]
    used = [encoding.payload_type for codec in everything for encoding in codecs.offered(codec)]
    assert len(set(used)) == len(used)
    for codec in everything:
        whole = Section(kind="video", mid="0", encodings=codecs.offered(codec))
        choice = codecs.to_send(replace(whole, kind=codec.kind), codec)
        assert choice is not None and choice.encoding == codecs.offered(codec)[0]


def test_only_feedback_of_both_sides_is_answered() -> None:
    whole = sdp.parse(real("chromium-publisher")).sections[1]
    choice = codecs.to_receive(whole, Codec("video/VP8"))
    assert choice is not None
    main, repair = codecs.answered(choice)
    assert main.feedback == ("transport-cc", "ccm fir", "nack", "nack pli")
    assert (repair.name, repair.parameters) == ("rtx", {"apt": "96"})


def test_extensions_are_answered_the_other_way_round_and_only_ours() -> None:
    layers = sdp.parse(real("firefox-publisher")).sections[1]
    numbers: dict[str, int] = {}
    answered = {one.uri: one for one in codecs.answered_extensions(layers, numbers)}
    assert answered[codecs.EXTENSIONS["rid"]].direction == "recvonly"
    assert answered[codecs.EXTENSIONS["playout-delay"]].direction == "sendonly"
    assert "urn:ietf:params:rtp-hdrext:toffset" not in answered
    assert "rid" in codecs.sent_extensions(layers) and "rid" not in codecs.taken_extensions(layers)
    assert "playout-delay" in codecs.taken_extensions(layers) and "playout-delay" not in codecs.sent_extensions(layers)


def test_one_number_means_one_extension_in_the_whole_bundle() -> None:
    numbers: dict[str, int] = {}
    mid, level = codecs.EXTENSIONS["mid"], codecs.EXTENSIONS["audio-level"]

    def answered(*extensions: Extension) -> list[str]:
        whole = section("0", "audio", extensions=extensions)
        return [one.uri for one in codecs.answered_extensions(whole, numbers)]

    assert answered(Extension(1, mid)) == [mid]
    assert answered(Extension(2, mid), Extension(3, level)) == [level]
    assert answered(Extension(1, mid), Extension(1, codecs.EXTENSIONS["transport-cc"])) == [mid]
    assert answered(Extension(1, mid)) == [mid]
