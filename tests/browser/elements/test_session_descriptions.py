"""Browsers take the media server's session descriptions: its answers, the slots for what they receive, and its own offers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from rooms.media.answering import Answering
from rooms.media.codecs import Codec
from rooms.media.negotiated import Announced, Local, Requirement, Wanted
from rooms.media.offering import Offering
from rooms.media.slots import Slots
from tests.browser.firefox import Tab, firefox

Evaluate = Callable[..., Awaitable[Any]]

LOCAL = Local(
    ufrag="abcd",
    password="abcdefghijklmnopqrstuvwx",
    fingerprint=("sha-256", ":".join(["AB"] * 32)),
    addresses=[("192.0.2.1", 7882), ("2001:db8::1", 7882)],
)

# One connection a page. Offers and answers are set as browsers make them; what the other side's set is told as track events.
CONNECTION = """() => {
  window.heard = [];
  window.pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  pc.ontrack = (event) => heard.push([event.transceiver.mid, event.streams[0].id]);
  window.offer = async (options) => { await pc.setLocalDescription(await pc.createOffer(options)); return pc.localDescription.sdp; };
  window.take = async (sdp) => { await pc.setRemoteDescription({type: 'answer', sdp}); };
  window.answer = async (sdp) => {
    await pc.setRemoteDescription({type: 'offer', sdp});
    await pc.setLocalDescription(await pc.createAnswer());
    return pc.localDescription.sdp;
  };
}"""
DIRECTIONS = "() => pc.getTransceivers().map((transceiver) => transceiver.currentDirection)"
HEARD = "() => heard.splice(0)"


@pytest_asyncio.fixture(params=["chromium", "firefox"], scope="module", loop_scope="session")
async def new_page(request: pytest.FixtureRequest, browser: Browser) -> AsyncIterator[Callable[[], Awaitable[Page | Tab]]]:
    """Opens a page in one browser, which all tests of this module share."""
    if request.param == "chromium":
        yield browser.new_page
    else:
        async with firefox() as other:
            yield other.tab


@pytest_asyncio.fixture(loop_scope="session")
async def evaluate(new_page: Callable[[], Awaitable[Page | Tab]]) -> Evaluate:
    """Runs scripts in a page with a connection."""
    page = await new_page()
    await page.evaluate(CONNECTION)
    return page.evaluate


def wanted(number: int, mime: str = "video/VP8") -> Wanted:
    kind = "audio" if mime.startswith("audio") else "video"
    return Wanted(
        sid=f"TR_{number}", participant_sid="PA_a", kind=kind, codec=Codec(mime), ssrc=1000 + number, rtx_ssrc=2000 + number
    )  # fmt: skip


async def test_a_browser_publishes_and_offers_again(evaluate: Evaluate) -> None:
    up = Answering(1)
    up.announce(Announced(sid="TR_mic", kind="audio", cids=frozenset({"unknown"})))
    up.announce(Announced(sid="TR_cam", kind="video", cids=frozenset(), codec=Codec("video/VP8")))
    await evaluate("""() => {
      pc.createDataChannel('_reliable');
      pc.addTransceiver('audio', {direction: 'sendonly'});
      const sendEncodings = [{rid: 'q', scaleResolutionDownBy: 4}, {rid: 'h', scaleResolutionDownBy: 2}, {rid: 'f'}];
      pc.addTransceiver('video', {direction: 'sendonly', sendEncodings});
    }""")
    offered = up.offered(await evaluate("() => offer()"))
    await evaluate("(sdp) => take(sdp)", up.answer(LOCAL))
    assert [(one.track_sid, one.codec.mime, one.rids) for one in offered.received] == [
        ("TR_mic", "audio/opus", ()),
        ("TR_cam", "video/VP8", ("q", "h", "f")),
    ]
    assert offered.data and not offered.restarts_ice
    assert await evaluate(DIRECTIONS) == ["sendonly", "sendonly"]
    layers = "() => pc.getTransceivers()[1].sender.getParameters().encodings.map((encoding) => encoding.rid)"
    assert await evaluate(layers) == ["q", "h", "f"]

    up.announce(Announced(sid="TR_screen", kind="video", cids=frozenset(), codec=Codec("video/VP9")))
    await evaluate("() => { pc.addTransceiver('video', {direction: 'sendonly'}); }")
    offered = up.offered(await evaluate("() => offer()"))
    await evaluate("(sdp) => take(sdp)", up.answer(LOCAL))
    assert [(one.track_sid, one.codec.mime) for one in offered.received][1:] == [("TR_cam", "video/VP8"), ("TR_screen", "video/VP9")]

    await evaluate("() => { pc.getTransceivers()[1].stop(); pc.getTransceivers()[2].direction = 'inactive'; }")
    offered = up.offered(await evaluate("() => offer({iceRestart: true})"))
    await evaluate("(sdp) => take(sdp)", up.answer(LOCAL))
    assert offered.restarts_ice
    assert offered.ended == ("TR_cam", "TR_screen")
    assert [one.track_sid for one in offered.received] == ["TR_mic"]


async def test_a_browser_receives_in_slots_of_its_own_offers(evaluate: Evaluate) -> None:
    slots = Slots()
    both = Answering(1, slots)
    await evaluate("""() => {
      for (const kind of ['audio', 'video', 'video']) pc.addTransceiver(kind, {direction: 'recvonly'});
      pc.createDataChannel('_reliable');
    }""")

    async def negotiate() -> list[list[str]]:
        both.offered(await evaluate("() => offer()"))
        await evaluate("(sdp) => take(sdp)", both.answer(LOCAL))
        heard: list[list[str]] = await evaluate(HEARD)
        return heard

    for track in (wanted(1, "audio/opus"), wanted(2), wanted(3), wanted(4, "video/VP9")):
        slots.want(track)
    assert await negotiate() == [["0", "PA_a|TR_1"], ["1", "PA_a|TR_2"], ["2", "PA_a|TR_3"]]
    assert slots.requirement() == Requirement(0, 1)
    await evaluate("() => { pc.addTransceiver('video', {direction: 'recvonly'}); }")
    assert await negotiate() == [["4", "PA_a|TR_4"]]

    slots.drop("TR_2")
    slots.want(wanted(5))
    assert slots.requirement() == Requirement(0, 0)
    assert await negotiate() == []
    assert slots.requirement() == Requirement(0, 0)
    assert await negotiate() == [["1", "PA_a|TR_5"]]
    assert both.mid_to_track_id == {"0": "TR_1", "1": "TR_5", "2": "TR_3", "4": "TR_4"}
    assert slots.requirement() is None

    # What it publishes has simulcast layers, whose extensions every section of the bundle must have been answered with.
    both.announce(Announced(sid="TR_cam", kind="video", cids=frozenset()))
    await evaluate("""() => {
      pc.addTransceiver('video', {direction: 'sendonly', sendEncodings: [{rid: 'q', scaleResolutionDownBy: 4}, {rid: 'f'}]});
    }""")
    assert await negotiate() == []
    assert await evaluate(DIRECTIONS) == ["recvonly", "recvonly", "recvonly", "recvonly", "sendonly"]


async def test_a_browser_answers_the_servers_offers(evaluate: Evaluate) -> None:
    down = Offering(1)

    async def negotiate() -> tuple[list[str], tuple[str, ...], list[list[str]]]:
        text = down.offer(LOCAL)
        assert text is not None
        answered = down.answered(await evaluate("(sdp) => answer(sdp)", text))
        assert answered is not None
        return [one.track_sid for one in answered.sent], answered.unsupported, await evaluate(HEARD)

    assert await negotiate() == ([], (), [])
    for track in (wanted(1, "audio/opus"), wanted(2), wanted(3, "video/AV1")):
        down.want(track)
    assert await negotiate() == (["TR_1", "TR_2", "TR_3"], (), [["1", "PA_a|TR_1"], ["2", "PA_a|TR_2"], ["3", "PA_a|TR_3"]])

    down.drop("TR_2")
    down.want(wanted(4, "video/VP9"))
    assert await negotiate() == (["TR_1", "TR_3", "TR_4"], (), [["4", "PA_a|TR_4"]])
    down.want(wanted(5, "video/VP9"))
    assert await negotiate() == (["TR_1", "TR_3", "TR_4", "TR_5"], (), [["2", "PA_a|TR_5"]])

    decodes = "() => RTCRtpReceiver.getCapabilities('video').codecs.some((codec) => codec.mimeType === 'video/H264')"
    supported = await evaluate(decodes)
    down.want(wanted(6, "video/H264"))
    sent, unsupported, _ = await negotiate()
    assert ("TR_6" in sent, unsupported) == ((True, ()) if supported else (False, ("TR_6",)))
    down.want(wanted(7))
    assert (await negotiate())[2] == [["6", "PA_a|TR_7"]]

    down.restart()
    assert (await negotiate())[1] == ()
