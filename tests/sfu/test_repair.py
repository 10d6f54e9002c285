"""Losses on either side of the server are repaired, and its reports let both sides know how it goes."""

from rooms.media import rtcp, rtp, rtx
from rooms.media.feedback import TransportFeedback
from rooms.media.rtcp import Nack, ReceiverReport, ReportBlock, SenderReport
from server.sfu.forwarding import Track
from server.sfu.outgoing import REPEATED_AT_ONCE
from server.sfu.viewing import AGAIN_US, LOSSY, LOSSY_US, SHOWN_AT_ONCE, SHOWN_LATER, STEP_US
from tests.sfu.stage import header, numbers, opus, stage, vp8


def again(packet: bytes, *, ssrc: int, sequence: int = 1, **named: bytes) -> bytes:
    """The packet as its publisher sends it again."""
    return rtx.wrap(packet, header(packet), ssrc, 97, sequence)


async def test_what_a_viewer_has_lost_is_sent_again_under_its_own_numbers() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, rids=["q", "h"])
        viewing = on.view(viewer, track, video_orientation=9)
        on.play(publisher, vp8(10, ssrc=11, key=True, mid=b"0", rid=b"q"), *[vp8(n, ssrc=11, video_orientation=b"\3") for n in (11, 12)])
        on.play(publisher, vp8(900, ssrc=12, key=True, mid=b"0", rid=b"h"))
        on.play(publisher, vp8(901, ssrc=12, key=True))
        first = await viewer.sees(5)
        assert numbers(first) == [0, 1, 2, 3, 4]
        for lost in (first[1], first[4]):  # of the layer that flowed before, and of the one that flows
            viewer.leg.on_rtcp(rtcp.build(Nack(5, viewing.ssrc, (header(lost).sequence,))), on.now_us)
            repeated = (await viewer.sees(1))[0]
            assert (header(repeated).ssrc, header(repeated).payload_type) == (viewing.rtx_ssrc, 101)
            assert rtx.restore(repeated, header(repeated), viewing.ssrc, 100) == lost
        assert viewing.repeated == 2


async def test_without_a_stream_for_retransmissions_the_packet_is_sent_once_more_as_it_was() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "audio", "opus")
        on.publish(publisher, track, ssrcs=[2])
        viewing = on.view(viewer, track, rtx=False, audio_level=3)
        viewer.peer.loss = 1.0
        on.play(publisher, opus(1))
        await viewer.peer.check()
        viewer.peer.loss = 0.0
        on.play(publisher, opus(2))
        second = (await viewer.sees(1))[0]
        viewer.leg.on_rtcp(rtcp.build(Nack(5, viewing.ssrc, (header(second).sequence - 1 & 0xFFFF,))), on.now_us)
        first = (await viewer.sees(1))[0]
        assert numbers([first, second]) == [0, 1]
        assert first[4:8] != second[4:8] and first[8:] == second[8:]


async def test_who_loses_much_is_sent_twice_what_it_asks_for() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, ssrcs=[1])
        viewing = on.view(viewer, track)
        on.play(publisher, vp8(1, key=True))
        (lost,) = await viewer.sees(1)
        lossy = ReceiverReport(5, (ReportBlock(viewing.ssrc, LOSSY, 10, 1, 0, 0, 0),))
        viewer.leg.on_rtcp(rtcp.build(lossy, Nack(5, viewing.ssrc, (header(lost).sequence,))), on.now_us)
        repeated = await viewer.sees(2)
        assert [rtx.restore(packet, header(packet), viewing.ssrc, 100) for packet in repeated] == [lost, lost]
        assert header(repeated[1]).sequence == header(repeated[0]).sequence + 1
        assert viewing.repeated == 2


async def test_pictures_are_shown_later_while_many_packets_are_lost_and_at_once_again_afterwards() -> None:
    async with stage() as on:
        publisher, viewer, other = await on.player(), await on.player(), await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, ssrcs=[1])
        viewing = on.view(viewer, track, playout_delay=4)
        on.view(other, track, playout_delay=4)
        numbered = iter(range(1, 20))

        async def told(*, after_us: int = 0, lost: int | None = None) -> tuple[dict[int, bytes], dict[int, bytes]]:
            """What the two are told by the next packet."""
            on.now_us += after_us
            if lost is not None:
                report = ReceiverReport(5, (ReportBlock(viewing.ssrc, lost, 10, 1, 0, 0, 0),))
                viewer.leg.on_rtcp(rtcp.build(report), on.now_us)
            viewer.leg.tick(on.now_us)
            on.play(publisher, vp8(next(numbered), key=True))
            (one,), (two,) = await viewer.sees(1), await other.sees(1)
            return rtp.extensions(one, header(one)), rtp.extensions(two, header(two))

        assert await told() == ({}, {})
        assert await told(lost=LOSSY - 1) == ({}, {})
        for delay in SHOWN_LATER:
            assert await told(lost=LOSSY) == ({4: delay}, {})
            on.now_us += STEP_US
        assert await told(lost=0, after_us=LOSSY_US - STEP_US - 1) == ({4: SHOWN_LATER[-1]}, {})
        assert await told(after_us=1) == ({4: SHOWN_AT_ONCE}, {})
        assert await told(after_us=LOSSY_US - 1) == ({4: SHOWN_AT_ONCE}, {})
        assert await told(after_us=1) == ({}, {})
        assert await told(lost=255) == ({4: SHOWN_LATER[0]}, {})


async def test_before_the_first_report_what_is_asked_for_tells_of_losses() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, ssrcs=[1])
        viewing = on.view(viewer, track, playout_delay=4)
        on.play(publisher, vp8(1, key=True), vp8(2))
        lost = [header(packet).sequence for packet in await viewer.sees(2)]
        seen = []
        for number, sequence in enumerate(lost, 3):
            viewer.leg.on_rtcp(rtcp.build(Nack(5, viewing.ssrc, (sequence,))), on.now_us)
            on.play(publisher, vp8(number))
            seen += [rtp.extensions(packet, header(packet)) for packet in await viewer.sees(2) if header(packet).ssrc == viewing.ssrc]
        assert seen == [{}, {4: SHOWN_LATER[0]}]


async def test_the_same_packet_is_not_sent_twice_within_a_moment_and_never_without_measure() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, ssrcs=[1])
        viewing = on.view(viewer, track)
        on.play(publisher, vp8(1, key=True), *[vp8(n) for n in range(2, 2 * REPEATED_AT_ONCE)])
        sequences = [header(packet).sequence for packet in await viewer.sees(2 * REPEATED_AT_ONCE - 1)]

        def ask(*lost: int) -> None:
            viewer.leg.on_rtcp(rtcp.build(Nack(5, viewing.ssrc, lost)), on.now_us)

        ask(sequences[0])
        ask(sequences[0])
        assert viewing.repeated == 1
        on.now_us += AGAIN_US
        ask(sequences[0], (sequences[-1] + 1) & 0xFFFF)
        assert viewing.repeated == 2
        ask(*sequences[1:])
        assert REPEATED_AT_ONCE <= viewing.repeated <= REPEATED_AT_ONCE + 30


async def test_what_is_lost_on_the_way_in_is_asked_for_and_forwarded_when_it_comes() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, ssrcs=[1], repaired={51: 1})
        on.view(viewer, track)
        on.play(publisher, vp8(1, key=True), vp8(2), vp8(4))
        for _ in range(2):  # it is asked for without being told to, and again
            assert await publisher.told(Nack) == Nack(publisher.leg.incoming.ssrc, 1, (3,))
        on.play(publisher, again(vp8(3), ssrc=51))
        seen = await viewer.sees(4)
        assert numbers(seen) == [0, 1, 3, 2]
        assert header(seen[3]).payload_type == 100


async def test_repetitions_that_only_probe_the_path_go_no_further() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, ssrcs=[1], repaired={51: 1})
        on.view(viewer, track)
        on.play(publisher, vp8(1, key=True), vp8(2))
        on.play(publisher, again(vp8(2), ssrc=51), rtp.build(97, 9, 0, 51, b"", padding=200), again(vp8(1, key=True), ssrc=51, sequence=10))
        assert len(await viewer.sees(2)) == 2
        assert await viewer.sees_nothing()
        publisher.leg.tick(on.now_us)
        block = (await publisher.told(ReceiverReport)).blocks[0]
        assert (block.ssrc, block.lost, block.fraction) == (1, 0, 0)


async def test_retransmissions_of_a_layer_are_known_by_its_name() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, rids=["q", "h"])
        on.view(viewer, track)
        on.play(publisher, vp8(1, ssrc=11, key=True, mid=b"0", rid=b"q"), vp8(2, ssrc=11), vp8(4, ssrc=11))
        named = rtp.build(97, 1, 9_000, 61, (3).to_bytes(2, "big") + b"lost", extensions={1: b"0", 3: b"q"})
        on.play(publisher, named)
        seen = await viewer.sees(4)
        assert numbers(seen) == [0, 1, 3, 2]
        assert seen[3].endswith(b"lost")


async def test_the_publisher_learns_when_each_packet_came() -> None:
    async with stage() as on:
        publisher = await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, ssrcs=[1])
        for n in (7, 8, 10):
            on.play(publisher, vp8(n, transport_cc=n.to_bytes(2, "big")))
            on.now_us += 1_000
        publisher.leg.tick(on.now_us)
        told = await publisher.told(TransportFeedback)
        assert told.base == 7
        assert [came is not None for came in told.arrivals] == [True, True, False, True]


async def test_the_round_trip_and_the_loss_of_a_viewer_are_known_from_its_reports() -> None:
    async with stage() as on:
        publisher, viewer = await on.player(), await on.player()
        track = Track(on.forwarding, "video", "vp8")
        on.publish(publisher, track, ssrcs=[1])
        viewing = on.view(viewer, track)
        on.play(publisher, vp8(1, key=True))
        publisher.leg.on_rtcp(rtcp.build(SenderReport(1, 3_900_000_000 << 32, 3_000, 1, 5)), on.now_us)
        viewer.leg.tick(on.now_us)
        told = await viewer.told(SenderReport)
        block = ReportBlock(viewing.ssrc, 64, 10, 1, 0, told.ntp >> 16 & 0xFFFFFFFF, 65_536 // 10)
        viewer.leg.on_rtcp(rtcp.build(ReceiverReport(5, (block,))), on.now_us + 130_000)
        assert viewing.loss == 64
        assert viewer.leg.outgoing.rtt_us is not None and 29_000 < viewer.leg.outgoing.rtt_us < 31_000
