"""A whole meeting, on our media server and on LiveKit's own: from the lobby to minutes that agree with a record nobody can alter unseen."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from io import BytesIO

import asyncpg
import pytest
import pytest_asyncio
import typst
from livekit.protocol.models import ParticipantInfo, TrackSource
from playwright.async_api import Browser, FilePayload, expect
from pypdf import PdfReader

from server.kernel.vietnam import VIETNAM
from server.protocol import meeting, motions
from server.store.pool import open_pool
from server.verify import verified
from server.web.media_news import WEBHOOK
from tests.browser.room.assembly import ABSENT, DEPUTY, HALL, MEMBER, OTHER, Assembly, attend, gathering, guest, seated_in_the_hall, vote
from tests.browser.room.attendees import PATIENCE_S
from tests.browser.room.conftest import PHONE
from tests.peers.attendee import Attendee as Far
from tests.peers.attendee import new_id
from tests.peers.engine import KEY, SECRET
from tests.peers.livekit_server import LiveKitServer, find
from tests.peers.media_engines import LIVEKIT, engines
from tests.peers.ports import free_port
from tests.peers.product import Product
from tests.peers.rtp_client import playing
from tests.sfu.rtp_room import stops

LONG = PATIENCE_S * 1000
PAPER = FilePayload(
    name="to-trinh.pdf", mimeType="application/pdf", buffer=typst.compile("#pagebreak()\n".join(f"Trang {n}\n" for n in (1, 2, 3)).encode())
)
NAMED, KEPT_SECRET, ASKED = "Thông qua tờ trình", "Bầu trưởng ban", "Điều chỉnh dự toán"


@pytest_asyncio.fixture(params=engines(), loop_scope="session")
async def assembly(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, devices: Browser) -> AsyncIterator[Assembly]:
    environ, port, media = {"LIVE_NEWCOMERS_PER_MINUTE": "10000"}, free_port(), ""
    async with AsyncExitStack() as stack:
        if request.param == LIVEKIT:
            program = find()
            assert program is not None
            server = LiveKitServer(program, tmp_path_factory.mktemp("livekit"), webhook=f"http://127.0.0.1:{port}{WEBHOOK}")
            await asyncio.to_thread(server.start)
            stack.callback(server.kill)
            media = server.url
            environ |= {"LIVEKIT_URL": media.replace("http", "ws"), "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
        product = Product(tmp_path_factory.mktemp("product") / "data", environ=environ, port=port)
        await asyncio.to_thread(product.start)
        stack.push_async_callback(asyncio.to_thread, product.stop)
        pool = await stack.enter_async_context(await open_pool(product.dsn(), connections=2))
        yield await stack.enter_async_context(gathering(product, media or product.url, devices, pool, PAPER))


async def test_a_whole_meeting(assembly: Assembly) -> None:
    late = await everybody_comes(assembly)
    async with late:
        await the_guest_is_let_in(assembly, late)
        await the_agenda_is_followed_and_a_paper_read(assembly)
        await a_delegate_speaks_until_the_time_is_over(assembly, late)
        await a_named_vote(assembly)
        await a_secret_vote(assembly)
        await the_chair_is_never_empty(assembly)
        record = await the_secretary_concludes(assembly)
        await the_chair_ends_it(assembly)
    await the_absent_are_asked(assembly)
    await the_minutes_agree_with_the_record(assembly, record)


async def everybody_comes(assembly: Assembly) -> Far:
    for one in assembly.browsers:
        await one.come(assembly.room, camera=False, microphone=False)
    await assembly.phone.page.set_viewport_size(PHONE)
    for far in assembly.far.values():
        assert await far.enter() == "inside", "who is on the roll waits for nobody"
    await seated_in_the_hall(assembly)
    await attend(assembly)
    deputy = assembly.far[DEPUTY]
    await deputy.sees(lambda: len(deputy.inside) == len(assembly.far) + 3 + 3)
    return await guest(assembly, "Khách đến muộn")


async def the_guest_is_let_in(assembly: Assembly, late: Far) -> None:
    assert await late.enter("Khách đến muộn") == "waiting"
    page = assembly.chair.page
    await page.get_by_role("button", name="Xem").click()
    await page.get_by_role("button", name="Mời vào: Khách đến muộn").click()
    await late.sees(lambda: late.standing == "inside")


async def the_agenda_is_followed_and_a_paper_read(assembly: Assembly) -> None:
    chair, phone = assembly.chair.page, assembly.phone.page
    await chair.locator(".course__item").click()
    for number, title in enumerate(("Khai mạc", "Thảo luận tờ trình"), 1):
        await chair.get_by_role("button", name=f"Bắt đầu {title}").click()
        for one in assembly.browsers:
            await expect(one.page.locator(".course__title")).to_have_text(f"{number}. {title}")
    await chair.locator("room-bar [data-panel=papers]").click()
    await phone.locator("room-bar").get_by_role("button", name="Thêm").click()
    await phone.locator("room-bar").get_by_role("button", name="Tài liệu").locator("visible=true").click()
    await chair.get_by_role("link", name="Tờ trình mẫu").first.click()
    await chair.get_by_role("button", name="Trình bày trang này").click()
    await expect(phone.locator("papers-panel")).to_contain_text("Đang theo trang của")
    await expect(phone.locator('.leaf[data-page="1"][data-drawn]')).to_be_visible()
    for _ in range(2):
        await chair.get_by_role("button", name="Trang sau").click()
    await expect(phone.locator('.leaf[data-page="3"][data-drawn]')).to_be_in_viewport()
    far = assembly.far[MEMBER]
    await far.sees(lambda: far.shown != [] and far.shown[-1].page == 3)
    await chair.get_by_role("button", name="Thôi trình bày").click()


async def a_delegate_speaks_until_the_time_is_over(assembly: Assembly, late: Far) -> None:
    chair, delegate, hall = assembly.chair.page, assembly.phones[0], assembly.far[HALL]
    await chair.locator("room-bar [data-panel=floor]").click()
    await chair.get_by_text("Cách phát biểu và thời gian").click()
    for field, value in (("Phút cho mỗi người", "0.3"), ("Nhắc trước khi hết giờ", "3"), ("Nói thêm sau khi hết giờ", "2")):
        await chair.get_by_label(field).fill(value)
    await chair.get_by_role("button", name="Đặt thời gian").click()
    await assembly.far[OTHER].do(meeting.RaiseHand(new_id(), assembly.number))
    await delegate.send(act="raise", kind="point_of_order")
    await expect(chair.locator("floor-panel .queued")).to_have_count(2)
    speaking, hearing = await assembly.client(hall), await assembly.client(late)

    def may_speak(one: ParticipantInfo) -> bool:
        return one.identity == speaking.identity and TrackSource.MICROPHONE in one.permission.can_publish_sources

    async with playing([speaking, hearing]):
        permitted = len(speaking.signals)
        await chair.locator(".queued__give").first.click()
        await late.sees(lambda: late.page.procedure.floor is not None)
        await delegate.open()
        assert "Xin nói vào micro của điểm cầu" in delegate.page
        await speaking.until(lambda: any(may_speak(one) for signal in speaking.signals[permitted:] for one in signal.update.participants))
        sound = await speaking.publish_audio()
        await hearing.until(lambda: sound.sid in hearing.tracks and hearing.tracks[sound.sid].received > 50)
        for one in assembly.browsers:
            await expect(one.page.locator(".course__clock")).to_contain_text("0:")
        for one in assembly.browsers:
            await expect(one.page.locator(".course__speaker")).to_have_count(0, timeout=LONG)
        heard = hearing.tracks[sound.sid]
        assert await stops(lambda: heard.received, while_sends=sound)
        assert any(stream.sent > heard.received for stream in sound.streams), "it goes on sending, and nobody hears it"
    for client in (speaking, hearing):
        await client.close()
    assert late.hands == [assembly.far[OTHER].who]


async def opened(assembly: Assembly, words: str, *, secret: bool = False) -> int:
    """The chair writes a motion and opens the vote; its number."""
    page, far = assembly.chair.page, assembly.far[MEMBER]
    known = set(far.motions)
    if not await page.locator("motion-panel").count():
        await page.locator("room-bar").get_by_role("button", name="Biểu quyết").click()
    await page.get_by_role("button", name="Soạn nội dung biểu quyết").click()
    await page.get_by_label("Nội dung biểu quyết").fill(words)
    if secret:
        await page.get_by_label("Bỏ phiếu kín").check()
    await page.get_by_role("button", name="Lưu").click()
    await page.get_by_role("button", name="Mở biểu quyết").click()
    await far.sees(lambda: set(far.motions) != known)
    return max(far.motions)


async def closed(assembly: Assembly, number: int) -> motions.MotionResult:
    """The chair ends the vote before its time; the result as a member is told it."""
    page, far = assembly.chair.page, assembly.far[MEMBER]
    await page.keyboard.press("Escape")
    panel = page.locator("motion-panel")
    for _ in range(2):
        await panel.get_by_role("button", name="Kết thúc biểu quyết").click()
    await far.sees(lambda: far.motions[number].phase == "counted")
    result = far.motions[number].result
    assert result is not None
    return result


async def a_named_vote(assembly: Assembly) -> None:
    number = await opened(assembly, NAMED)
    for one in assembly.browsers:
        await one.page.locator(".ballot").get_by_role("button", name="Đồng ý", exact=True).click()
        await expect(one.page.locator(".ballot")).to_contain_text("Đã ghi nhận: Đồng ý")
    await vote(assembly, number, {DEPUTY: 0, MEMBER: 1, OTHER: None})
    await vote(assembly, number, {MEMBER: 0})
    for phone, choice in zip(assembly.phones, ("0", "1", "1"), strict=True):
        await phone.open()
        await phone.send(f"{phone.url}/{number}", choice=choice)
        assert "Đã ghi nhận" in phone.page
    result = await closed(assembly, number)
    assert (result.counts, result.abstained, result.silent) == ([6, 2], 1, 1)
    assert result.line.endswith("cần ≥ 6 - THÔNG QUA")
    for one in assembly.browsers:
        await expect(one.page.locator(".outcome").filter(has_text=result.line).first).to_be_attached()


async def a_secret_vote(assembly: Assembly) -> None:
    number = await opened(assembly, KEPT_SECRET, secret=True)
    for one in (assembly.chair, assembly.phone):
        ballot = one.page.locator(".ballot")
        await expect(ballot).to_contain_text("không hứa giữ kín")
        code = await assembly.ballot_code(ballot.get_by_role("button", name="Tôi đã hiểu").click)
        await ballot.get_by_label("Mã xác nhận").fill(code)
        await ballot.get_by_label("Đồng ý", exact=True).check()
        await ballot.get_by_role("button", name="Bỏ phiếu").click()
        await expect(ballot).to_contain_text("Ông/bà đã chọn: Đồng ý")
    for place, far in enumerate(assembly.voters):
        code = await assembly.ballot_code(lambda far=far: far.do(motions.AskBallotCode(new_id(), assembly.number, number)))  # type: ignore[misc]
        await far.do(motions.CastBallot(new_id(), assembly.number, number, place % 2, tracker=secrets.token_hex(16), code=code))
    for phone in assembly.phones:
        await phone.open()
        code = await assembly.ballot_code(lambda phone=phone: phone.send(f"{phone.url}/{number}/ma"))  # type: ignore[misc]
        await phone.send(f"{phone.url}/{number}", choice="1", code=code)
        assert "Đã nhận phiếu kín này" in phone.page
    result = await closed(assembly, number)
    assert (result.counts, result.abstained, result.silent) == ([4, 4], 0, 2)
    assert assembly.far[MEMBER].motions[number].votes is None


async def the_chair_is_never_empty(assembly: Assembly) -> None:
    chair, deputy = assembly.chair, assembly.far[DEPUTY]
    await chair.person.visit("/")
    await deputy.sees(lambda: deputy.page.procedure.presides == deputy.who)
    await chair.come(assembly.room, camera=False, microphone=False)
    await chair.page.get_by_role("button", name="Nhận lại quyền chủ tọa").click()
    await deputy.sees(lambda: deputy.page.procedure.presides not in (None, deputy.who))


async def the_secretary_concludes(assembly: Assembly) -> str:
    """The address of the record."""
    desk = await assembly.secretary.page.context.new_page()
    await desk.goto(f"{assembly.product.url}{assembly.room}/cuoc-hop")
    record = assembly.product.url + str(await desk.get_by_role("link", name="Nhật ký").first.get_attribute("href"))
    await desk.goto(f"{record}/ket-luan")
    await desk.get_by_label("Nội dung kết luận").fill("Hoàn thiện tờ trình để ban hành.")
    await desk.get_by_label("Chủ trì thực hiện").fill("Văn phòng mẫu")
    await desk.get_by_label("Thời hạn hoàn thành").fill((datetime.now(VIETNAM).date() + timedelta(days=30)).isoformat())
    await desk.get_by_role("button", name="Lưu kết luận").click()
    await expect(desk.locator("main")).to_contain_text("Hoàn thiện tờ trình để ban hành.")
    await desk.close()
    return record


async def the_chair_ends_it(assembly: Assembly) -> None:
    page = assembly.chair.page
    await assembly.chair.button("Rời phòng").click()
    await page.get_by_role("button", name="Kết thúc cho mọi người").click()
    for one in assembly.browsers:
        await expect(one.page.get_by_role("heading", name="Cuộc họp đã kết thúc")).to_be_visible()


async def the_absent_are_asked(assembly: Assembly) -> None:
    """A slip: the absent member answers it by the form of a page, without scripts; so does one who was there."""
    page = assembly.chair.page
    await page.goto(f"{assembly.product.url}{assembly.room}/bieu-quyet/moi")
    await page.get_by_label("Nội dung biểu quyết").fill(ASKED)
    await page.get_by_role("button", name="Lưu và xem lại").click()
    await page.get_by_label("Hạn gửi phiếu, ngày").fill((datetime.now(VIETNAM).date() + timedelta(days=3)).isoformat())
    await page.get_by_role("button", name="Gửi phiếu cho các thành viên").click()
    slip = page.url
    await expect(page.locator("main")).to_contain_text("Đã biểu quyết: 0/10")
    absent = await assembly.crowd.person(scripts=False)
    await absent.context.add_cookies([{"name": "session", "value": assembly.accounts[ABSENT].secret, "url": assembly.product.url}])
    for one in (absent.page, assembly.phone.page):
        await one.goto(slip)
        await one.get_by_label("Đồng ý", exact=True).check()
        await one.get_by_label("Ý kiến khác, nếu có").fill("Đề nghị nêu rõ nguồn kinh phí.")
        await one.get_by_role("button", name="Gửi phiếu").click()
        await expect(one.locator("main")).to_contain_text("Đã ghi nhận: Đồng ý")
    await page.reload()
    await expect(page.locator("main")).to_contain_text("Đã biểu quyết: 2/10")


async def the_minutes_agree_with_the_record(assembly: Assembly, record: str) -> None:
    secretary = assembly.secretary.page
    await secretary.goto(f"{record}/bien-ban")
    await expect(secretary.locator("main")).to_contain_text("Hoàn thiện tờ trình để ban hành.")
    answer = await secretary.context.request.get(f"{record}/bien-ban/tep.pdf", timeout=LONG)
    words = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(BytesIO(await answer.body())).pages))
    for said in ("Phiên họp thường kỳ", NAMED, KEPT_SECRET, "Hoàn thiện tờ trình để ban hành.", "Văn phòng mẫu", "cần ≥ 6"):
        assert said in words, (said, words)
    number = int(record.rpartition("/")[2])
    assert (await verified(assembly.product.dsn(), number))[1]
    intruder = await asyncpg.connect(assembly.product.dsn("postgres"))
    try:
        await intruder.execute("update record_links set at = at + interval '1 second' where meeting = $1 and number = 7", number)
    finally:
        await intruder.close()
    told, whole = await verified(assembly.product.dsn(), number)
    assert not whole and "event 7 is not as it was recorded" in told
