"""The server's own offers: one in flight, stable mids, sections used again after a rest, and clients that do not decode a codec."""

import pytest
from msgspec.structs import replace

from rooms.media import codecs, sdp
from rooms.media.offering import Answered, Offering
from rooms.media.sdp import Section
from server.kernel.refused import Refused
from tests.rooms.media.descriptions import LOCAL, answer, wanted

VP8_ONLY = ("audio/opus", "video/VP8")


def offered(down: Offering) -> tuple[str, tuple[Section, ...]]:
    """The next offer, as text and read."""
    text = down.offer(LOCAL)
    assert text is not None
    return text, sdp.parse(text, more=1000).sections


def agreed(down: Offering, decodes: tuple[str, ...] = tuple(codecs.TABLE)) -> Answered:
    """Makes an offer and takes the client's answer."""
    settled = down.answered(answer(offered(down)[0], decodes=decodes))
    assert settled is not None
    return settled


def directions(down: Offering) -> list[tuple[str, str, str]]:
    """Offers, and says of each section of media its mid, direction and track; left to be answered."""
    return [(one.mid, one.direction, one.msid[1] if one.msid else "") for one in offered(down)[1][1:]]


def test_the_first_offer_has_a_section_for_data_and_there_is_nothing_more_to_say() -> None:
    down = Offering(1)
    text, sections = offered(down)
    assert [(one.kind, one.mid) for one in sections] == [("application", "0")]
    assert sdp.parse(text).transport.setup == "actpass" and sdp.parse(text).lite
    assert down.offer(LOCAL) is None
    settled = down.answered(answer(text))
    assert settled is not None and settled.sent == ()
    assert down.offer(LOCAL) is None


def test_a_track_is_offered_with_its_stream_and_its_repair() -> None:
    down = Offering(1)
    down.want(wanted(1))
    down.want(wanted(2, "audio/opus"))
    _, (_, video, audio) = offered(down)
    assert (video.direction, video.msid, video.ssrcs, video.fid) == ("sendonly", ("PA_other|TR_1", "TR_1"), (1001, 2001), ((1001, 2001),))
    assert [one.name for one in video.encodings] == ["vp8", "rtx"]
    assert "nack" in audio.encodings[0].feedback and audio.fid == ()
    assert "mid" not in codecs.sent_extensions(video)
    assert down.mid_to_track_id == {"1": "TR_1", "2": "TR_2"}


def test_only_one_offer_is_in_flight_and_what_changed_meanwhile_is_in_the_next() -> None:
    down = Offering(1)
    text, _ = offered(down)
    down.want(wanted(1))
    assert down.offer(LOCAL) is None
    down.answered(answer(text))
    assert directions(down) == [("1", "sendonly", "TR_1")]


def test_what_may_flow_is_told_with_the_answer() -> None:
    down = Offering(1)
    down.want(wanted(1))
    (sent,) = agreed(down).sent
    assert (sent.mid, sent.track_sid, sent.payload_type, sent.rtx_payload_type, sent.ssrc) == ("1", "TR_1", 96, 97, 1001)
    assert sent.extensions == dict(codecs.OFFERED_EXTENSIONS["video"])
    down.want(wanted(2, "audio/opus"))
    assert [one.track_sid for one in agreed(down).sent] == ["TR_1", "TR_2"]
    down.drop("TR_1")
    assert [one.track_sid for one in agreed(down).sent] == ["TR_2"]


def test_a_section_is_offered_inactive_and_answered_before_another_track_takes_it() -> None:
    down = Offering(1)
    down.want(wanted(1))
    agreed(down)
    down.drop("TR_1")
    down.want(wanted(2))
    text, _ = offered(down)
    down.want(wanted(3))
    down.answered(answer(text))
    assert directions(down) == [("1", "sendonly", "TR_3"), ("2", "sendonly", "TR_2")]


def test_a_section_is_used_again_for_its_own_kind_and_any_codec() -> None:
    down = Offering(1)
    down.want(wanted(1))
    agreed(down)
    down.drop("TR_1")
    agreed(down)
    down.want(wanted(2, "audio/opus"))
    down.want(wanted(3, "video/H264", profile="640c1f"))
    assert [(one.track_sid, one.mid, one.payload_type) for one in agreed(down).sent] == [("TR_3", "1", 112), ("TR_2", "2", 111)]


def test_a_track_that_the_client_does_not_decode_is_reported_and_its_line_used_again_under_another_mid() -> None:
    down = Offering(1)
    down.want(wanted(1, "video/AV1"))
    down.want(wanted(2))
    settled = agreed(down, VP8_ONLY)
    assert ([one.track_sid for one in settled.sent], settled.unsupported) == (["TR_2"], ("TR_1",))
    down.want(wanted(3))
    text, sections = offered(down)
    assert [(one.mid, one.rejected) for one in sections[1:]] == [("3", False), ("2", False)]
    again = down.answered(answer(text))
    assert again is not None and [one.track_sid for one in again.sent] == ["TR_2", "TR_3"]


def test_a_section_answered_without_its_codec_is_unsupported() -> None:
    down = Offering(1)
    down.want(wanted(1, "video/VP9"))
    text, _ = offered(down)
    settled = down.answered(answer(text).replace("VP9/90000", "other/90000"))
    assert settled is not None and (settled.sent, settled.unsupported) == ((), ("TR_1",))


def test_a_section_that_the_client_does_not_want_to_receive_stays_silent() -> None:
    down = Offering(1)
    down.want(wanted(1))
    text, _ = offered(down)
    settled = down.answered(answer(text).replace("a=recvonly", "a=inactive"))
    assert settled is not None and (settled.sent, settled.unsupported) == ((), ())


def test_a_track_that_went_while_its_offer_was_in_flight_does_not_flow() -> None:
    down = Offering(1)
    down.want(wanted(1))
    text, _ = offered(down)
    down.drop("TR_1")
    settled = down.answered(answer(text))
    assert settled is not None and settled.sent == ()
    assert directions(down) == [("1", "inactive", "")]


def test_answers_to_other_offers_and_to_none_are_not_taken() -> None:
    down = Offering(1)
    text, _ = offered(down)
    assert down.answered(answer(text), down.number + 1) is None
    assert down.answered(answer(text), down.number) is not None
    assert down.answered(answer(text), down.number) is None


def test_after_a_restart_everything_is_offered_anew_with_the_same_mids() -> None:
    down = Offering(1)
    down.want(wanted(1))
    agreed(down)
    down.want(wanted(2))
    offered(down)
    down.restart()
    assert directions(down) == [("1", "sendonly", "TR_1"), ("2", "sendonly", "TR_2")]


@pytest.mark.parametrize(("old", "new"), [("a=setup:active", "a=setup:actpass"), ("a=mid:0", "a=mid:9"), ("v=0", "v=1")])
def test_a_bad_answer_is_refused_and_the_offer_stays_open(old: str, new: str) -> None:
    down = Offering(1)
    down.want(wanted(1))
    text, _ = offered(down)
    with pytest.raises(Refused, match="bad_sdp"):
        down.answered(answer(text).replace(old, new))
    assert down.answered(answer(text)) is not None


def test_stereo_is_told() -> None:
    down = Offering(1)
    down.want(replace(wanted(1, "audio/opus"), stereo=True))
    assert offered(down)[1][1].encodings[0].parameters["sprop-stereo"] == "1"
