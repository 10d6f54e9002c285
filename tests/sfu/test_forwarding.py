"""What a publisher sends reaches those who view it, and nobody else; each begins with a picture it can show."""

import itertools

import pytest

from rooms.media import payloads, rtcp, rtp
from rooms.media.rtcp import Nack, PictureLoss, ReceiverReport, ReportBlock, SenderReport
from rooms.media.sequence import difference
from server.sfu.fanout.choosing import BACK_ENDS
from server.sfu.forwarding import Track
from server.sfu.incoming import STREAMS
from server.sfu.viewing import NAMED_US
from tests.sfu.stage import SECOND_US, header, numbers, opus, stage, vp8


@pytest.mark.parametrize("fanout", list(BACK_ENDS))
async def test_a_viewer_gets_the_packets_under_its_own_numbers(fanout: str) -> None:
    async with stage(fanout=fanout) as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "audio", "opus")
        on.publish(publisher, track, ssrcs=[2])
        viewing = on.view(viewer, track)
        on.play(publisher, *[opus(n) for n in (65_534, 65_535, 0, 1)])
        seen = await viewer.sees(4)
        assert numbers(seen) == [0, 1, 2, 3]
        assert {(header(packet).ssrc, header(packet).payload_type) for packet in seen} == {(viewing.ssrc, 100)}
        assert [packet[header(packet).payload_at :] for packet in seen] == [b"sound"] * 4
        assert viewing.counts() == (4, 4 * len(b"sound"))


async def test_what_comes_over_the_network_leaves_over_the_network() -> None:
    """The same from end to end: encrypted on both sides, sent by the event loop itself."""
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "audio", "opus")
        on.publish(publisher, track, ssrcs=[2])
        on.view(viewer, track)
        publisher.peer.send_rtp(opus(7))
        assert header((await viewer.sees(1))[0]).payload_type == 100


async def test_only_the_relayed_extensions_reach_a_viewer_under_its_own_ids() -> None:
    async with stage() as on:
        publisher, one, other = [await on.player() for _ in range(3)]
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, ssrcs=[1])
        on.view(one, track, video_orientation=9, rid=2, transport_cc=4)
        on.view(other, track)
        on.play(publisher, vp8(1, key=True, mid=b"0", rid=b"q", transport_cc=b"\0\1", video_orientation=b"\3"))
        packet, bare = (await one.sees(1))[0], (await other.sees(1))[0]
        assert rtp.extensions(packet, header(packet)) == {9: b"\3"}
        assert rtp.extensions(bare, header(bare)) == {}


async def test_every_packet_names_its_section_until_the_viewer_reports_of_the_stream() -> None:
    """A browser that has not yet taken in where a stream belongs gives one that names no section to a wrong one, and keeps to that."""
    async with stage() as on:
        publisher, one, other, third = [await on.player() for _ in range(4)]
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, ssrcs=[1])
        viewing = on.view(one, track, mid=4, video_orientation=9)
        on.view(other, track, mid=4, video_orientation=9)
        on.view(third, track)

        async def named() -> list[dict[int, bytes]]:
            on.play(publisher, vp8(next(numbered), key=True, mid=b"0", video_orientation=b"\3"))
            packets = [(await viewer.sees(1))[0] for viewer in (one, other, third)]
            seen.append(packets[0])
            return [rtp.extensions(packet, header(packet)) for packet in packets]

        numbered, seen = itertools.count(1), list[bytes]()
        assert await named() == [{9: b"\3", 4: b"9"}, {9: b"\3", 4: b"9"}, {}]
        one.leg.on_rtcp(rtcp.build(ReceiverReport(5, (ReportBlock(viewing.ssrc, 0, 0, 1, 0, 0, 0),))), on.now_us)
        assert await named() == [{9: b"\3"}, {9: b"\3", 4: b"9"}, {}]
        on.now_us += NAMED_US + 1
        other.leg.tick(on.now_us)  # one who reports of nothing
        assert await named() == [{9: b"\3"}, {9: b"\3"}, {}]
        assert numbers(seen) == [0, 1, 2]
        one.leg.on_rtcp(rtcp.build(Nack(5, viewing.ssrc, (header(seen[1]).sequence,))), on.now_us)
        repeated = (await one.sees(1))[0]
        assert rtp.extensions(repeated, header(repeated)) == {9: b"\3", 4: b"9"}, "of repetitions nobody reports"


async def test_a_name_too_long_for_the_short_form_is_left_out() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "audio", "opus")
        on.publish(publisher, track, ssrcs=[2])
        on.view(viewer, track, section="9" * 17, mid=4)
        on.play(publisher, opus(1))
        packet = (await viewer.sees(1))[0]
        assert rtp.extensions(packet, header(packet)) == {}


async def test_a_viewer_begins_with_a_key_frame_for_which_the_publisher_is_asked() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, ssrcs=[1])
        on.play(publisher, vp8(1, key=True))
        on.view(viewer, track)
        assert (await publisher.told(PictureLoss)).media == 1
        on.play(publisher, vp8(2), vp8(3), vp8(4, key=True), vp8(5), vp8(3))
        seen = await viewer.sees(2)
        assert [packet[-6] for packet in seen] == [0x10, 0x11]
        assert await viewer.sees_nothing()


async def test_viewers_ask_for_key_frames_as_often_as_they_like_but_the_publisher_is_asked_twice_a_second() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, ssrcs=[1])
        viewing = on.view(viewer, track)
        on.play(publisher, vp8(1, key=True))
        await publisher.told(PictureLoss)
        complaint = rtcp.build(PictureLoss(5, viewing.ssrc))
        for _ in range(20):
            on.now_us += SECOND_US // 10
            viewer.leg.on_rtcp(complaint, on.now_us)
        await publisher.peer.check()
        assert len(publisher.told_so_far(PictureLoss)) == 4


async def test_while_a_viewer_waits_to_begin_a_publisher_who_sends_is_asked_every_tenth_of_a_second() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, ssrcs=[1])
        on.play(publisher, vp8(1, key=True))
        on.view(viewer, track)
        for number in range(2, 7):
            on.now_us += SECOND_US // 10
            on.play(publisher, vp8(number))
            on.forwarding.tick(on.now_us)
        await publisher.peer.check()
        assert len(publisher.told_so_far(PictureLoss)) == 1 + 5
        on.now_us += SECOND_US  # and nothing came
        for _ in range(10):
            on.now_us += SECOND_US // 10
            on.forwarding.tick(on.now_us)
        await publisher.peer.check()
        assert len(publisher.told_so_far(PictureLoss)) == 2


async def test_a_layer_is_learnt_from_the_names_in_its_packets_and_changes_only_at_a_key_frame() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, rids=["q", "h"])
        on.play(publisher, vp8(100, ssrc=11, key=True, mid=b"0", rid=b"q"), vp8(900, ssrc=12, key=True, mid=b"0", rid=b"h"))
        viewing = on.view(viewer, track)
        viewing.wish(0, on.now_us)
        on.play(publisher, vp8(101, ssrc=11, key=True), vp8(901, ssrc=12, key=True))
        viewing.wish(2, on.now_us)
        on.now_us += 33_000
        on.play(publisher, vp8(902, ssrc=12), vp8(102, ssrc=11), vp8(903, ssrc=12, key=True), vp8(103, ssrc=11), vp8(904, ssrc=12))
        seen = await viewer.sees(4)
        assert numbers(seen) == [0, 1, 2, 3]
        descriptors = [payloads.read_vp8(packet, header(packet).payload_at, header(packet).payload_end) for packet in seen]
        pictures = [vp8.picture for vp8 in descriptors if vp8 is not None]
        assert [difference(picture, pictures[0], 15) for picture in pictures] == [0, 1, 2, 3]
        assert all(difference(header(b).timestamp, header(a).timestamp, 32) > 0 for a, b in itertools.pairwise(seen))
        assert viewing.layer is track.layers["h"]
        assert await viewer.sees_nothing()


async def test_a_layer_that_has_stopped_is_left_for_one_that_lives() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, rids=["q", "h"])
        viewing = on.view(viewer, track)
        on.play(publisher, vp8(900, ssrc=12, key=True, mid=b"0", rid=b"h"))
        on.play(publisher, vp8(1, ssrc=11, key=True, mid=b"0", rid=b"q"))
        assert viewing.layer is track.layers["h"]
        for n in range(2, 20):
            on.now_us += SECOND_US // 10
            on.play(publisher, vp8(n, ssrc=11, key=True))
            publisher.leg.tick(on.now_us)
        assert viewing.layer is track.layers["q"]
        seen = await viewer.sees(2)
        assert numbers(seen) == [0, 1]


async def test_a_muted_track_reaches_nobody_until_it_is_heard_again() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "audio", "opus")
        on.publish(publisher, track, ssrcs=[2])
        on.view(viewer, track)
        on.play(publisher, opus(1))
        track.set_muted(True)
        on.play(publisher, opus(2), opus(3))
        track.set_muted(False)
        on.play(publisher, opus(4))
        assert numbers(await viewer.sees(2)) == [0, 1]
        assert await viewer.sees_nothing()


async def test_nothing_of_a_closed_track_is_forwarded_whatever_its_publisher_sends() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "audio", "opus")
        on.publish(publisher, track, ssrcs=[2])
        viewing = on.view(viewer, track)
        on.play(publisher, opus(1))
        track.close()
        on.play(publisher, opus(2))
        publisher.leg.incoming.unpublish("0")
        unknown = on.forwarding.unknown
        on.play(publisher, opus(3))
        assert on.forwarding.unknown == unknown + 1
        assert viewing.closed and len(await viewer.sees(1)) == 1
        assert await viewer.sees_nothing()


async def test_a_paused_viewing_rests_and_goes_on_where_it_stopped() -> None:
    async with stage() as on:
        publisher, viewer, other = [await on.player() for _ in range(3)]
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, ssrcs=[1])
        viewing = on.view(viewer, track)
        on.view(other, track)
        on.play(publisher, vp8(1, key=True))
        viewing.pause(on.now_us)
        on.play(publisher, vp8(2), vp8(3, key=True))
        viewing.resume(on.now_us)
        on.play(publisher, vp8(4), vp8(5, key=True))
        assert numbers(await viewer.sees(2)) == [0, 1]
        assert numbers(await other.sees(5)) == [0, 1, 2, 3, 4]
        assert await viewer.sees_nothing()


async def test_who_leaves_is_sent_nothing_more_and_the_others_go_on() -> None:
    async with stage() as on:
        publisher, viewer, other = [await on.player() for _ in range(3)]
        track = Track(on.forwarding, "audio", "opus")
        on.publish(publisher, track, ssrcs=[2])
        on.view(viewer, track)
        on.view(other, track)
        on.play(publisher, opus(1))
        viewer.leg.close()
        viewer.leg.close()
        on.play(publisher, opus(2))
        assert len(track.viewings) == 1
        assert len(await other.sees(2)) == 2 and len(await viewer.sees(1)) == 1
        assert await viewer.sees_nothing()


async def test_sound_and_picture_stay_together_by_the_publishers_own_clock() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "audio", "opus")
        on.publish(publisher, track, ssrcs=[2])
        viewing = on.view(viewer, track)
        on.play(publisher, opus(10))
        ntp = 3_900_000_000 << 32
        publisher.leg.on_rtcp(rtcp.build(SenderReport(2, ntp, 9_600, 1, 5)), on.now_us)
        viewer.leg.tick(on.now_us + SECOND_US // 2)
        told = await viewer.told(SenderReport)
        shift = header((await viewer.sees(1))[0]).timestamp - 9_600
        assert (told.ssrc, told.ntp) == (viewing.ssrc, ntp + (1 << 31))
        assert told.timestamp == (9_600 + 24_000 + shift) & 0xFFFFFFFF
        assert (told.packets, told.octets) == (1, 5)


async def test_the_level_of_a_voice_is_told() -> None:
    levels: list[int] = []
    async with stage() as on:
        publisher = await on.player()
        track = Track(on.forwarding, "audio", "opus", on_level=lambda level, now_us: levels.append(level))
        on.publish(publisher, track, ssrcs=[2])
        on.play(publisher, opus(1, level=12), opus(2, level=127))
    assert levels == [12, 127]


async def test_a_layer_whose_sender_begins_anew_goes_on_at_the_viewer() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, rids=["q"])
        viewing = on.view(viewer, track)
        on.play(publisher, vp8(10, ssrc=11, key=True, mid=b"0", rid=b"q"), vp8(11, ssrc=11))
        on.play(publisher, vp8(5_000, ssrc=99, mid=b"0", rid=b"q"), vp8(5_001, ssrc=99, key=True), vp8(12, ssrc=11))
        assert numbers(await viewer.sees(3)) == [0, 1, 2]
        assert viewing.layer is not None and viewing.layer.ssrc == 99
        assert await viewer.sees_nothing()


async def test_one_transport_cannot_fill_the_memory_with_streams() -> None:
    async with stage() as on:
        publisher = await on.player()
        on.publish(publisher, Track(on.forwarding, "video", "vp8"), rids=["q", "h"])
        on.play(publisher, vp8(1, ssrc=1, mid=b"0", rid=b"q"))
        for ssrc in range(1_000, 1_000 + 5 * STREAMS):
            on.play(publisher, vp8(1, ssrc=ssrc, mid=b"0", repaired_rid=b"q"))
        assert publisher.leg.incoming.streams == STREAMS


async def test_packets_of_no_negotiated_stream_are_dropped_and_counted() -> None:
    async with stage() as on:
        publisher = await on.player()
        on.publish(publisher, Track(on.forwarding, "video", "vp8"), rids=["q"])
        on.play(publisher, opus(1, ssrc=77), vp8(1, ssrc=78, mid=b"5", rid=b"q"), vp8(1, ssrc=79, mid=b"0", rid=b"x"), b"\x80")
        assert (on.forwarding.unknown, on.forwarding.malformed) == (3, 1)
