"""Answers to a client's offers: its tracks in, and the slots for other people's tracks."""

import pytest
from msgspec.structs import replace

from rooms.media import codecs, sdp
from rooms.media.answering import MOST_SPENT, Answering
from rooms.media.codecs import Codec
from rooms.media.negotiated import Announced, Requirement
from rooms.media.sdp import Section
from rooms.media.slots import MOST_ASKED, Slots
from server.kernel.refused import Refused
from tests.rooms.media.descriptions import LOCAL, NAMES, offer, real, section, wanted


def announced(sid: str, kind: str = "video", *cids: str, mime: str = "", dtx: bool = True, stereo: bool = False) -> Announced:
    return Announced(sid=sid, kind=kind, cids=frozenset(cids), codec=Codec(mime) if mime else None, dtx=dtx, stereo=stereo)


def answered(up: Answering) -> dict[str, Section]:
    return {one.mid: one for one in sdp.parse(up.answer(LOCAL), more=1000).sections}


@pytest.mark.parametrize("name", NAMES)
def test_every_section_of_a_real_offer_is_answered_in_its_place(name: str) -> None:
    up = Answering(7, Slots())
    theirs = sdp.parse(real(name))
    assert up.offered(real(name)).data
    text = up.answer(LOCAL)
    ours = sdp.parse(text)
    assert [(one.mid, one.kind, one.rejected) for one in ours.sections] == [(one.mid, one.kind, False) for one in theirs.sections]
    assert ours.lite and ours.transport.setup == "passive"
    for one in ours.sections:
        assert one.kind == "application" or {"mid", "transport-cc"} <= codecs.sent_extensions(one).keys()
    assert "goog" not in text and "toffset" not in text and "red/" not in text


def test_a_publisher_sends_one_codec_with_its_repair_and_all_its_layers() -> None:
    up = Answering(1)
    offered = real("chromium-publisher")
    _, layers, video, _ = sdp.parse(offered).sections
    assert layers.msid and video.msid
    up.announce(announced("TR_screen", "video", video.msid[1], mime="video/AV1"))
    up.announce(announced("TR_cam", "video", layers.msid[1], mime="video/VP8"))
    up.announce(announced("TR_mic", "audio", "of no section", stereo=True, dtx=False))
    mic, cam, screen = up.offered(offered).received
    assert (mic.track_sid, mic.codec, mic.payload_type, mic.rtx_payload_type) == ("TR_mic", Codec("audio/opus"), 111, None)
    assert (cam.track_sid, cam.payload_type, cam.rtx_payload_type, cam.rids) == ("TR_cam", 96, 97, ("q", "h", "f"))
    assert (screen.track_sid, screen.codec.mime, screen.ssrcs, screen.fid) == ("TR_screen", "video/AV1", (1001,), {1002: 1001})
    assert cam.extensions["rid"] == 10 and screen.cid == video.msid[1]
    ours = answered(up)
    assert [(one.payload_type, one.name) for one in ours["1"].encodings] == [(96, "vp8"), (97, "rtx")]
    assert (ours["1"].rids, ours["1"].rids_way, ours["1"].direction) == (("q", "h", "f"), "recv", "recvonly")
    parameters = ours["0"].encodings[0].parameters
    assert parameters["stereo"] == "1" and "usedtx" not in parameters


def test_a_codec_that_nobody_named_is_the_sections_first() -> None:
    up = Answering(1)
    up.announce(announced("TR_1", "video", "c"))
    received = up.offered(offer(section("0", "video", "sendonly", cid="c", mimes=("video/H264", "video/VP8")))).received
    assert received[0].codec == Codec("video/H264", codecs.CONSTRAINED_BASELINE)
    # And it stays, though the next offer puts another one first.
    received = up.offered(offer(section("0", "video", "sendonly", cid="c", mimes=("video/VP8", "video/H264")))).received
    assert received[0].codec.mime == "video/H264"


def test_a_section_of_a_track_that_was_not_announced_is_inactive() -> None:
    up = Answering(1)
    assert up.offered(offer(section("0", "video", "sendonly", cid="c"))).received == ()
    assert answered(up)["0"].direction == "inactive"
    up.announce(announced("TR_1", "video", "c"))
    assert [one.track_sid for one in up.offered(offer(section("0", "video", "sendonly", cid="c"))).received] == ["TR_1"]


def test_a_track_keeps_its_section_and_the_oldest_without_a_name_takes_the_next() -> None:
    up = Answering(1)
    up.announce(announced("TR_1", "video", "x"))
    up.announce(announced("TR_2", "video", "y"))
    first = section("0", "video", "sendonly", cid="unknown")
    assert [(one.mid, one.track_sid) for one in up.offered(offer(first)).received] == [("0", "TR_1")]
    second = section("1", "video", "sendonly", cid="other")
    assert [(one.mid, one.track_sid) for one in up.offered(offer(first, second)).received] == [("0", "TR_1"), ("1", "TR_2")]


def test_a_section_that_stops_sending_ends_its_track() -> None:
    up = Answering(1)
    up.announce(announced("TR_1", "video", "c"))
    up.offered(offer(section("0", "video", "sendonly", cid="c")))
    stopped = up.offered(offer(section("0", "video", "inactive", cid="c")))
    assert (stopped.ended, stopped.received) == (("TR_1",), ())
    assert up.offered(offer(section("0", "video", "sendonly", cid="c"))).received == ()


def test_a_withdrawn_track_is_answered_inactive() -> None:
    up = Answering(1)
    up.announce(announced("TR_1", "video", "c"))
    up.offered(offer(section("0", "video", "sendonly", cid="c")))
    up.withdraw("TR_1")
    again = up.offered(offer(section("0", "video", "sendonly", cid="c")))
    assert (again.received, again.ended) == ((), ())
    assert answered(up)["0"].direction == "inactive"


def test_another_track_of_the_same_client_takes_over_a_section_by_its_name() -> None:
    up = Answering(1)
    up.announce(announced("TR_1", "video", "c"))
    up.offered(offer(section("0", "video", "sendonly", cid="c")))
    up.announce(announced("TR_2", "video", "d"))
    changed = up.offered(offer(section("0", "video", "sendonly", cid="d")))
    assert ([one.track_sid for one in changed.received], changed.ended) == (["TR_2"], ("TR_1",))


def test_new_credentials_of_the_client_restart_ice() -> None:
    up = Answering(1)
    assert not up.offered(offer(section("0", "audio"))).restarts_ice
    assert not up.offered(offer(section("0", "audio"))).restarts_ice
    assert up.offered(offer(section("0", "audio"), ufrag="anew")).restarts_ice


def test_what_cannot_be_answered_is_rejected_and_the_rest_lives() -> None:
    up = Answering(1)
    strange = section("0", "audio", encodings=(sdp.Encoding(payload_type=9, name="g722", clock_hz=8000),))
    second_data = Section(kind="application", mid="2")
    offered = up.offered(offer(strange, section("1", "video"), second_data))
    assert offered.data
    assert [(mid, one.rejected) for mid, one in answered(up).items()] == [("0", True), ("1", False), ("2", False), ("data", True)]


def test_a_refused_offer_changes_nothing() -> None:
    up = Answering(1)
    up.announce(announced("TR_1", "video", "c"))
    good = offer(section("0", "video", "sendonly", cid="c"))
    up.offered(good)
    for bad in (good.replace("m=video", "m=audio"), "v=0", good.replace("actpass", "passive")):
        with pytest.raises(Refused):
            up.offered(bad)
    assert answered(up)["0"].direction == "recvonly"


def slots_and_answering() -> tuple[Slots, Answering]:
    slots = Slots()
    return slots, Answering(1, slots)


def test_tracks_are_placed_on_sections_that_receive() -> None:
    slots, both = slots_and_answering()
    for track in (wanted(1), wanted(2, "audio/opus"), wanted(3)):
        slots.want(track)
    sections = [section("0", "audio"), section("1", "video"), section("2", "video", "sendonly"), section("3", "video")]
    sent = both.offered(offer(*sections)).sent
    assert both.mid_to_track_id == {"0": "TR_2", "1": "TR_1", "3": "TR_3"}
    assert [(one.mid, one.ssrc, one.rtx_ssrc, one.rtx_payload_type) for one in sent] == [
        ("0", 1002, 0, None),
        ("1", 1001, 2001, 97),
        ("3", 1003, 2003, 97),
    ]
    ours = answered(both)
    assert (ours["1"].direction, ours["1"].msid, ours["1"].ssrcs) == ("sendonly", ("PA_other|TR_1", "TR_1"), (1001, 2001))
    assert ours["1"].fid == ((1001, 2001),)
    assert (ours["2"].direction, ours["2"].msid) == ("inactive", None)


def test_a_section_may_send_and_receive() -> None:
    slots, both = slots_and_answering()
    slots.want(wanted(1, "video/VP9"))
    both.announce(announced("TR_mine", "video", "c", mime="video/VP8"))
    offered = both.offered(offer(section("0", "video", "sendrecv", cid="c")))
    assert (offered.received[0].codec.mime, offered.sent[0].codec.mime) == ("video/VP8", "video/VP9")
    ours = answered(both)["0"]
    assert ours.direction == "sendrecv"
    assert [one.name for one in ours.encodings] == ["vp8", "rtx", "vp9", "rtx"]


def test_missing_sections_are_asked_for_once() -> None:
    slots, both = slots_and_answering()
    for number in range(3):
        slots.want(wanted(number))
    assert slots.requirement() is None  # the client has not offered yet
    both.offered(offer(section("0", "video")))
    assert slots.requirement() == Requirement(0, 2)
    assert slots.requirement() is None
    slots.want(wanted(9, "audio/opus"))
    assert slots.requirement() == Requirement(1, 0)
    # An offer that was on its way brings none of them; the next one does.
    both.offered(offer(section("0", "video")))
    assert slots.requirement() is None
    both.offered(offer(*(section(str(number), "video") for number in range(3)), section("3", "audio")))
    assert slots.requirement() is None
    assert sorted(both.mid_to_track_id.values()) == ["TR_0", "TR_1", "TR_2", "TR_9"]


def test_sections_that_never_come_are_asked_for_again_after_two_offers() -> None:
    slots, both = slots_and_answering()
    slots.want(wanted(1))
    both.offered(offer(section("0", "audio")))
    assert slots.requirement() == Requirement(0, 1)
    both.offered(offer(section("0", "audio")))
    both.offered(offer(section("0", "audio")))
    assert slots.requirement() == Requirement(0, 1)


def test_a_client_that_came_back_is_asked_again() -> None:
    slots, both = slots_and_answering()
    slots.want(wanted(1))
    both.offered(offer(section("0", "audio")))
    assert slots.requirement() == Requirement(0, 1)
    both.offered(offer(section("0", "audio"), ufrag="anew"))
    assert slots.requirement() == Requirement(0, 1)


def test_a_free_section_needs_only_another_offer() -> None:
    slots, both = slots_and_answering()
    both.offered(offer(section("0", "video")))
    assert slots.requirement() is None
    slots.want(wanted(1))
    assert slots.requirement() == Requirement(0, 0)
    both.offered(offer(section("0", "video")))
    assert both.mid_to_track_id == {"0": "TR_1"}


def test_a_section_rests_once_before_another_track_takes_it() -> None:
    slots, both = slots_and_answering()
    slots.want(wanted(1))
    both.offered(offer(section("0", "video")))
    slots.drop("TR_1")
    slots.want(wanted(2))
    for placed, left in (({}, Requirement(0, 0)), ({"0": "TR_2"}, None)):
        assert both.offered(offer(section("0", "video"))).sent == () or placed
        assert both.mid_to_track_id == placed
        assert answered(both)["0"].direction == ("sendonly" if placed else "inactive")
        assert slots.requirement() == left


def test_a_track_that_is_not_decoded_is_reported_and_asks_for_nothing() -> None:
    slots, both = slots_and_answering()
    slots.want(wanted(1, "video/AV1"))
    offered = both.offered(offer(section("0", "video", mimes=("video/VP8",))))
    slots.want(wanted(2, "video/VP9"))
    assert (slots.unsupported(), offered.sent) == (["TR_1", "TR_2"], ())
    assert slots.requirement() is None


def test_the_clients_own_numbers_are_used() -> None:
    slots, both = slots_and_answering()
    slots.want(wanted(1, "audio/opus"))
    sent = both.offered(real("firefox-single")).sent[0]
    assert (sent.payload_type, sent.extensions["audio-level"]) == (109, 1)
    assert "dependency-descriptor" not in sent.extensions


def test_a_section_that_the_client_closes_gives_its_track_back() -> None:
    slots, both = slots_and_answering()
    slots.want(wanted(1))
    both.offered(offer(section("0", "video")))
    assert both.offered(offer(replace(section("0", "video"), direction="inactive"))).sent == ()
    assert slots.requirement() == Requirement(0, 1)


def test_more_sections_are_taken_as_they_were_asked_for_and_never_without_end() -> None:
    slots, both = slots_and_answering()
    for number in range(sdp.MOST_SECTIONS):
        slots.want(wanted(number))
    both.offered(offer(section("0", "video")))
    assert slots.requirement() == Requirement(0, sdp.MOST_SECTIONS - 1)
    many = offer(*(section(str(number), "video") for number in range(sdp.MOST_SECTIONS)))
    assert len(both.offered(many).sent) == sdp.MOST_SECTIONS
    for number in range(100, 100 + 2 * MOST_ASKED):
        slots.want(wanted(number))
    while slots.requirement():
        both.offered(many)
    assert slots.asked == MOST_ASKED


def test_sections_of_tracks_that_are_over_stay_and_are_taken_and_never_without_end() -> None:
    up = Answering(1)
    for number in range(sdp.MOST_SECTIONS - 1 + MOST_SPENT):
        up.announce(announced(f"TR_{number}", "audio", str(number)))
        rests = [section(str(over), "audio", "inactive") for over in range(number)]
        taken = up.offered(offer(*rests, section(str(number), "audio", "sendonly", cid=str(number))))
        assert [one.track_sid for one in taken.received] == [f"TR_{number}"]
        up.withdraw(f"TR_{number}")
    with pytest.raises(Refused, match="bad_sdp"):
        up.offered(offer(*(section(str(over), "audio", "inactive") for over in range(sdp.MOST_SECTIONS + MOST_SPENT))))
