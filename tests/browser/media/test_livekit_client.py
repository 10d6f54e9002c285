"""LiveKit's JavaScript client in Chromium, on both paths of the protocol."""

from playwright.async_api import Browser

from tests.browser.media.clients import Client, client
from tests.peers.engine import Doorway


async def test_two_people_hear_and_see_each_other(door: Doorway, one: Client, other: Client, room: str) -> None:
    await one.join(door.url, room, "one")
    await one.publish(camera=True, microphone=True)
    await other.join(door.url, room, "other")
    await other.publish(camera=True, microphone=True)
    await other.hears_and_sees("one")
    await one.hears_and_sees("other")


async def test_data_and_texts_arrive_whole(door: Doorway, one: Client, other: Client, room: str) -> None:
    await one.join(door.url, room, "one")
    await other.join(door.url, room, "other")
    await one.until("state.room.remoteParticipants.has('other')")
    await one.ask("state.room.localParticipant.publishData(new TextEncoder().encode('xin chào'), {reliable: true, topic: 't'})")
    await other.until("state.data.length === 1")
    assert await other.ask("state.data") == [["xin chào", "one", "t"]]
    await one.ask("state.room.localParticipant.sendText('ý'.repeat(100000), {topic: 'texts'})")
    await other.until("state.texts.length === 1")
    assert await other.ask("state.texts[0][0].length") == 100_000


async def test_a_screen_is_shared_beside_the_camera_and_taken_away_again(door: Doorway, one: Client, other: Client, room: str) -> None:
    await other.join(door.url, room, "other")
    await one.join(door.url, room, "one")
    await one.publish(camera=True, screen=True)
    await other.until(_FRAMES, ["one", "screen_share", 5])
    await other.until(_FRAMES, ["one", "camera", 5])
    await one.publish(screen=False)
    await other.until("!state.room.remoteParticipants.get('one').getTrackPublication('screen_share')")
    await one.publish(screen=True)
    await other.until(_FRAMES, ["one", "screen_share", 5])
    before = await other.decoded("one")
    await other.until(_FRAMES, ["one", "camera", before + 5])


async def test_pictures_of_every_codec_are_seen_also_by_who_comes_later(door: Doorway, one: Client, other: Client, room: str) -> None:
    await one.join(door.url, room, "one")
    await other.join(door.url, room, "other")
    for codec, mime in {"h264": "video/H264", "vp9": "video/VP9", "av1": "video/AV1"}.items():
        camera = "state.room.remoteParticipants.get('one').getTrackPublication('camera')"
        await one.ask(f"(videoCodec) => state.room.localParticipant.setCameraEnabled(true, {_OF_TWO_LAYERS}, {{videoCodec}})", codec)
        await other.sees("one")
        await other.ask(f"{camera}.setSubscribed(false)")
        await other.until(f"!{camera}.track")
        await other.ask(f"{camera}.setSubscribed(true)")
        await other.sees("one")
        assert {await browser.codec(who) for browser, who in ((one, ""), (other, "one"))} == {mime}
        sent = await one.ask("statistics('', 'camera')")
        if codec == "h264":
            assert len(sent) == 2
            for quality, width in ((0, 320), (2, 640)):
                await other.ask(f"{camera}.setVideoQuality({quality})")
                await other.until("(width) => statistics('one', 'camera').then((reports) => reports[0].frameWidth === width)", width)
        else:  # all layers in one stream, which is forwarded whole; the extension tells its receiver what depends on what
            assert [layers["scalabilityMode"] for layers in sent] == ["L2T3_KEY"]
            assert _DEPENDENCIES in await other.ask(f"{camera}.track.receiver.getParameters().headerExtensions.map((one) => one.uri)")
        await one.ask("state.room.localParticipant.unpublishTrack(state.room.localParticipant.getTrackPublication('camera').track)")
        await other.until(f"!{camera}")


_OF_TWO_LAYERS = "{resolution: {width: 640, height: 360, frameRate: 10}}"
_DEPENDENCIES = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"


async def test_what_is_encrypted_from_end_to_end_is_seen_by_who_has_the_key(
    door: Doorway, one: Client, other: Client, devices: Browser, page_here: str, room: str
) -> None:
    async with client(devices, page_here) as stranger:
        for browser, name in ((one, "one"), (other, "other")):
            await browser.join(door.url, room, name, options={"secret": "a key that no server knows"})
        await stranger.join(door.url, room, "stranger")
        await one.publish(camera=True, microphone=True)
        await other.hears_and_sees("one")
        await stranger.until("statistics('one', 'camera').then((reports) => reports?.[0]?.packetsReceived > 50)")
        # Now and then a decoder takes noise for a picture.
        assert await stranger.decoded("one") * 4 < await stranger.decoded("one", "framesReceived")


async def test_who_leaves_is_gone_at_once_and_may_come_back(door: Doorway, one: Client, other: Client, room: str) -> None:
    await other.join(door.url, room, "other")
    for _ in range(2):
        await one.join(door.url, room, "one")
        await one.publish(camera=True)
        await other.until(_FRAMES, ["one", "camera", 5])
        await one.ask("state.room.disconnect()")
        await other.until("!state.room.remoteParticipants.has('one')")


_FRAMES = """async ([who, source, more]) => {
  const reports = await statistics(who, source);
  return reports && reports.length > 0 && reports[0].framesDecoded > more;
}"""
