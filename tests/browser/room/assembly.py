"""Who takes part in a whole meeting: three before browsers, the others by the live socket, some of them heard and hearing by clients that
count packets."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
from playwright.async_api import Browser, FilePayload, expect

from server.kernel.ids import RoomId
from server.protocol import meeting, motions, rooms
from server.store import identity
from server.store.connection import Pool
from tests.browser.room.attendees import Attendee, attending
from tests.browser.stories import desk
from tests.browser.stories.people import EDITOR, MODERATOR, Crowd, citizen
from tests.peers.attendee import PATIENCE_S, new_id
from tests.peers.attendee import Attendee as Far
from tests.peers.citizens import Account, sign_in
from tests.peers.product import Product
from tests.peers.rtp_client import RtpClient
from tests.web.site import forms_of

PHONE = citizen(1)
DEPUTY, MEMBER, OTHER, ABSENT, HALL, *DELEGATES = range(8)
"""Which of the accounts that have no browser is who. The absent one is asked by a slip."""


NAMES = ("Phó chủ tọa mẫu", "Thành viên một", "Thành viên hai", "Thành viên vắng", "Xã mẫu", "Đại biểu một", "Đại biểu hai", "Đại biểu ba")


class HallPhone:
    """The phone of a delegate in the hall: forms, without scripts."""

    def __init__(self, origin: str, room: str, session: str) -> None:
        self.url = f"{room}/dien-thoai"
        self.page = ""
        self.client = httpx.AsyncClient(
            base_url=origin, cookies={"session": session}, headers={"origin": origin}, follow_redirects=True, timeout=PATIENCE_S
        )

    async def scan(self, address: str) -> None:
        """What the hall's screen shows; then say who one is, and come in."""
        path = urlsplit(address).path
        await self.open(path)
        await self.send(path)
        for what in ("claim", "enter"):
            await self.send(act=what)

    async def open(self, path: str = "") -> None:
        answer = await self.client.get(path or self.url)
        assert answer.status_code == 200, answer.text
        self.page = answer.text

    async def send(self, path: str = "", **fields: str) -> None:
        path = path or self.url
        answer = await self.client.post(path, data={**forms_of(self.page)[path], **fields})
        assert answer.status_code == 200, answer.text
        self.page = answer.text


class Assembly(NamedTuple):
    """Everybody, and the room's address and number. ``far`` are as in ``DEPUTY`` and after; the absent one is not connected."""

    product: Product
    media: str
    crowd: Crowd
    chair: Attendee
    secretary: Attendee
    phone: Attendee
    far: dict[int, Far]
    phones: list[HallPhone]
    accounts: list[Account]
    room: str
    number: RoomId

    @property
    def browsers(self) -> tuple[Attendee, ...]:
        return (self.chair, self.secretary, self.phone)

    @property
    def voters(self) -> list[Far]:
        """Who votes over the live socket."""
        return [self.far[one] for one in (DEPUTY, MEMBER, OTHER)]

    async def client(self, far: Far) -> RtpClient:
        """The media of somebody who has no browser."""
        given = await far.ask(rooms.AskMedia(new_id(), self.number))
        assert isinstance(given, rooms.MediaPass), given
        client = RtpClient(self.media, given.token)
        await client.join()
        return client

    async def ballot_code(self, ask: Callable[[], Awaitable[object]]) -> str:
        """The code that comes by letter after ``ask``."""
        since = len(self.product.lines)
        await ask()
        found = await asyncio.to_thread(self.product.wait_for, r"\| +(\d{4}) (\d{4})$", since=since)
        return found[1] + found[2]


@asynccontextmanager
async def gathering(product: Product, media: str, devices: Browser, pool: Pool, paper: FilePayload) -> AsyncIterator[Assembly]:
    """A room with its roll, an agenda and a paper, made by pages; nobody is inside yet."""
    async with AsyncExitStack() as stack:
        crowd = await stack.enter_async_context(attending(product, devices, media if media != product.url else ""))
        chair, secretary = Attendee(await crowd.person(EDITOR)), Attendee(await crowd.person(MODERATOR))
        phone = Attendee(await crowd.person(PHONE, phone=True))
        accounts = await sign_in(pool, 8)
        for name, account in zip(NAMES, accounts, strict=True):
            await identity.rename(pool, account.person, name)
        room = f"/phong-hop/{await desk.open_room(chair.person, 'Phiên họp thường kỳ')}"
        await _prepare(chair, room, [one.email for one in accounts], paper)
        shown = await (await chair.page.context.request.get(product.url + room)).text()
        found = re.search(r'data-room="(\d+)"', shown)
        assert found is not None
        number, far = RoomId(int(found[1])), {}
        for place, account in enumerate(accounts):
            if place in (DEPUTY, MEMBER, OTHER, HALL):
                far[place] = await stack.enter_async_context(Far(product.url, number, {"session": account.secret}))
        phones = [HallPhone(product.url, room, accounts[one].secret) for one in DELEGATES]
        for one in phones:
            await stack.enter_async_context(one.client)
        yield Assembly(product, media, crowd, chair, secretary, phone, far, phones, accounts, room, number)


async def _prepare(chair: Attendee, room: str, emails: list[str], paper: FilePayload) -> None:
    page = chair.page
    hall = emails[HALL]
    lines = [
        "Thư điện tử;Nhiệm vụ;Cơ quan;Số phiếu;Điểm cầu",
        f"{EDITOR};Chủ tọa;Văn phòng mẫu;1;",
        f"{MODERATOR};Thư ký;Văn phòng mẫu;1;",
        f"{emails[DEPUTY]};Phó chủ tọa;Sở mẫu;1;",
        f"{PHONE};Thành viên;Sở mẫu;1;",
        f"{emails[MEMBER]};Thành viên;Sở mẫu;1;",
        f"{emails[OTHER]};Thành viên;Sở mẫu;1;",
        f"{emails[ABSENT]};Thành viên;Sở mẫu;1;",
        f"{hall};Kỹ thuật viên;Xã mẫu;0;",
        *(f"{emails[one]};Thành viên;Xã mẫu;1;{hall}" for one in DELEGATES),
    ]
    await chair.prepare(room, "\n".join(lines), "Khai mạc", "Thảo luận tờ trình")
    await chair.person.visit(f"{room}/tai-lieu")
    await page.get_by_label("Tên tài liệu").first.fill("Tờ trình mẫu")
    await page.get_by_label("Tệp", exact=True).set_input_files(paper)
    await page.get_by_role("button", name="Thêm tài liệu").click()
    await expect(page.locator("main")).to_contain_text("Tờ trình mẫu")


async def seated_in_the_hall(assembly: Assembly) -> None:
    """The delegates point their phones at the hall's screen."""
    async with httpx.AsyncClient(base_url=assembly.product.url, cookies={"session": assembly.accounts[HALL].secret}) as screen:
        shown = await screen.get(f"{assembly.room}/diem-cau/{assembly.accounts[HALL].person}")
        code = re.search(r'id="dia-chi" href="([^"]+)"', shown.text)
        assert code is not None, shown.text
        for phone in assembly.phones:
            await phone.scan(code[1])


async def guest(assembly: Assembly, name: str) -> Far:
    """A late guest, by the link that the chair makes: at the door, not yet inside."""
    chair = assembly.chair.page
    tab = await chair.context.new_page()
    await tab.goto(f"{assembly.product.url}{assembly.room}/sua")
    await tab.get_by_role("button", name="Tạo đường dẫn cho khách").click()
    link = await tab.locator("copy-link input").last.input_value()
    await tab.close()
    async with httpx.AsyncClient(follow_redirects=True, headers={"origin": assembly.product.url}) as browser:
        page = await browser.get(link)
        action = urlsplit(link).path
        await browser.post(assembly.product.url + action, data={**forms_of(page.text)[action], "name": name})
        cookies = {one.name: str(one.value) for one in browser.cookies.jar}
    return Far(assembly.product.url, assembly.number, cookies)


async def vote(assembly: Assembly, number: int, choices: dict[int, int | None]) -> None:
    """A named vote of those without browsers."""
    for one, choice in choices.items():
        await assembly.far[one].do(motions.CastBallot(new_id(), assembly.number, number, choice))


async def attend(assembly: Assembly) -> None:
    for one in assembly.browsers:
        await one.page.get_by_role("button", name="Có mặt").click()
    for far in assembly.voters:
        await far.do(meeting.Attend(new_id(), assembly.number))
