"""Questionnaires and polls, from the editor who writes them to the citizen who answers and reads the totals."""

from collections.abc import AsyncIterator

import httpx
import pytest

from server.documents.apart import Reader
from server.store.connection import Pool
from server.web.asking import Asking
from server.web.asking_desk import AskingDesk
from server.web.citizen import Ports
from server.web.counts import Counts
from server.web.desk import Desk
from server.web.edge import Edge, Place, every_door
from server.web.texts import Texts
from tests.web.citizens import parsed, post, says
from tests.web.office import DECREE, HOSTILE, Office, create, publish, scripted, upload
from tests.web.site import Browser

QUESTIONS = (
    {"kind": "single", "text": "Ông/bà có tán thành dự thảo không?", "options": "Có\nKhông", "required": "on", "whole": "on"},
    {"kind": "several", "text": "Nên họp buổi nào?", "options": "Sáng\nChiều\nTối", "most": "2"},
    {"kind": "rank", "text": "Việc nào làm trước?", "options": "Đường\nTrường\nTrạm"},
    {"kind": "scale", "text": "Mức độ hài lòng?", "options": "Thấp\nVừa\nCao"},
    {"kind": "text", "text": HOSTILE},
)


class AskingSite(Office):
    """The office with the pages of questions."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        ports = Ports(pool, self.pages, Texts(), Counts())
        desk = Desk(pool, self.pages, self.consulting, Texts(), Reader())
        below, host = self.edge.doors, self.origin.partition("://")[2]
        self.edge = Edge(
            every_door(lambda: below, Asking(ports, self.consulting, self.writer).doors, AskingDesk(desk).doors),
            place=Place(self.origin, frozenset({self.origin}), frozenset({host})),
            sessions=self.sessions,
            keys=self.keys,
            pages=self.pages,
        )


@pytest.fixture
async def site(pool: Pool) -> AsyncIterator[AskingSite]:
    async with AskingSite(pool).running() as site:
        assert isinstance(site, AskingSite)
        yield site


async def add(editor: Browser, slug: str, question: dict[str, str], door: str = "cau-hoi") -> str:
    """Sends the form of a new question; the words of the page that answers."""
    await editor.open(f"/bien-tap/{slug}/cau-hoi")
    forms = [form for form in parsed(editor.page).iter("form") if form.get("action") == f"/bien-tap/{slug}/{door}"]
    hidden = next(fields for form in forms if (fields := fields_of(form)).get("act") == "save" and fields.get("n", "0") == "0")
    answer = await post(editor, f"/bien-tap/{slug}/{door}", hidden | question)
    if answer.status_code == 303:
        answer = await editor.open(answer.headers["location"])
    editor.page = answer.text
    return says(answer)


def fields_of(form: object) -> dict[str, str]:
    return {one.get("name"): one.get("value") for one in form.iter("input") if one.get("type") == "hidden"}  # type: ignore[attr-defined]


def asked_ids(page: str) -> list[str]:
    """The questions of a page in order."""
    return [box.get("data-question") for box in parsed(page).iter("question-box") if box.get("data-question") != "0"]


async def drafted(site: AskingSite, editor: Browser) -> str:
    """A draft with a text and all kinds of questions."""
    slug = await create(editor)
    await upload(editor, slug, "mau.md", DECREE.encode())
    for question in QUESTIONS:
        assert "Đã lưu bảng câu hỏi" in await add(editor, slug, question)
    return slug


async def act(editor: Browser, slug: str, name: str, number: int) -> None:
    """Presses a button beside a question of the questionnaire."""
    page = parsed((await editor.open(f"/bien-tap/{slug}/cau-hoi")).text)
    form = next(form for form in page.iter("form") if fields_of(form).get("n") == str(number) and form.xpath(f".//button[@value='{name}']"))
    answer = await post(editor, form.get("action"), fields_of(form) | {"act": name})
    assert answer.status_code == 303, says(answer)


def polls_beside(page: httpx.Response) -> list[str]:
    """The open polls to which the page of the text leads."""
    lines = parsed(page.text).xpath("//*[@data-part='open-polls']/li")
    return [line.get("data-poll") for line in lines if line.xpath(".//a")[0].get("href").endswith(f"#cau-hoi-{line.get('data-poll')}")]


async def test_an_editor_writes_orders_changes_and_removes_questions_without_scripts(site: AskingSite) -> None:
    agency = await site.agency()
    async with site.official("bien-tap", ("editor", agency)) as editor:
        slug = await drafted(site, editor)
        await act(editor, slug, "down", 1)
        await act(editor, slug, "remove", 5)
        await editor.open(f"/bien-tap/{slug}/cau-hoi?sua=1")
        assert "Không sửa" in says(await editor.open(f"/bien-tap/{slug}/cau-hoi?sua=1"))
        preview = await editor.open(f"/lay-y-kien/{slug}/cau-hoi")
        legends = [legend.text_content() for legend in parsed(preview.text).iter("legend")][:4]
        assert legends == [QUESTIONS[number]["text"] for number in (1, 0, 2, 3)]
        assert all(field.get("disabled") is not None for field in parsed(preview.text).iter("fieldset"))
        wrong = await add(editor, slug, {"kind": "single", "text": "Một phương án?", "options": "Có"})
        assert "Câu hỏi cần từ 2 đến 20 phương án khác nhau" in wrong
        assert "Một phương án?" in editor.page
        assert "Xin viết câu hỏi" in await add(editor, slug, {"kind": "text", "text": " "})
        assert "vừa được sửa ở nơi khác" in await add(editor, slug, QUESTIONS[0] | {"seen": "0" * 16})


async def test_a_citizen_answers_the_whole_questionnaire_once_the_text_is_open_and_what_is_wrong_keeps_what_was_typed(
    site: AskingSite,
) -> None:
    agency = await site.agency()
    async with site.official("bien-tap", ("editor", agency)) as editor, site.citizen("toi") as citizen:
        slug = await drafted(site, editor)
        await publish(editor, slug)
        url = f"/lay-y-kien/{slug}/cau-hoi"
        await citizen.open(url)
        assert not scripted(citizen.page), "what an editor writes is never markup"
        assert not parsed(citizen.page).xpath("//question-box//input[@checked] | //question-box//option[@selected]"), (
            "nothing is chosen before"
        )
        whole, several, rank, scale, text = asked_ids(citizen.page)
        ranks = {f"cau-{rank}-0": "2", f"cau-{rank}-1": "2", f"cau-{rank}-2": "1"}
        wrong = await post(citizen, url, {f"cau-{text}": "Vì cần đường", **ranks})
        assert wrong.status_code == 422
        assert "Xin trả lời câu hỏi này" in says(wrong)
        assert "mỗi hạng một lần" in says(wrong)
        assert parsed(wrong.text).xpath(f"//textarea[@name='cau-{text}']")[0].text.strip() == "Vì cần đường"
        assert await site.pool.fetchval("select count(*) from responses") == 0
        good = {
            f"cau-{whole}": "0",
            f"cau-{several}": "2",
            f"cau-{scale}": "1",
            f"cau-{text}": "Vì cần đường",
            **ranks,
            f"cau-{rank}-1": "3",
        }
        unread = await post(citizen, url, good)
        assert unread.status_code == 409
        assert "mở văn bản trước" in says(unread)
        opened = await post(citizen, f"/lay-y-kien/{slug}/mo-van-ban", {})
        assert opened.headers["location"] == f"/lay-y-kien/{slug}/v1"
        assert (await post(citizen, url, good)).status_code == 303
        again = await citizen.open(url)
        recorded = [one.text_content() for one in parsed(again.text).xpath("//*[@data-part='said']") if one.text_content().strip()]
        assert len(recorded) == 5
        assert [one.get("value") for one in parsed(again.text).xpath("//question-box//input[@checked]")] == ["0", "2", "1"]
        assert (await post(citizen, url, {f"cau-{whole}": "1"})).status_code == 303, "changed until the close"
        assert await site.pool.fetchval("select choice from votes where question = $1", int(whole)) == 1
        assert (await post(citizen, url, {})).status_code == 422
        hidden = await citizen.open(url)
        assert "1 người đã trả lời" not in says(hidden).replace("0 người đã trả lời", "")
    async with site.browser() as visitor:
        assert "Đăng nhập để trả lời" in says(await visitor.open(url))


async def test_a_poll_is_seen_once_it_is_open_and_its_totals_once_it_is_closed(site: AskingSite) -> None:
    agency = await site.agency()
    slug = await site.open_consultation(agency)
    url = f"/lay-y-kien/{slug}/cau-hoi"
    async with site.official("bien-tap", ("editor", agency)) as editor, site.citizen("toi") as citizen:
        assert "Đã chuẩn bị" in await add(editor, slug, {"kind": "several", "text": "Màu nào?", "options": "Đỏ\nVàng"}, "tham-do")
        assert "Đã chuẩn bị" in await add(editor, slug, {"kind": "text", "text": "Vì sao?"}, "tham-do")
        assert "Màu nào?" not in (await citizen.open(url)).text, "what waits is nobody's to read"
        polls = [str(row["id"]) for row in await site.pool.fetch("select id from questions where part = 'poll' order by id")]

        async def turn(name: str, poll: str) -> None:
            await editor.open(f"/bien-tap/{slug}/cau-hoi")
            form = parsed(editor.page).xpath(f"//form[.//input[@name='question'][@value='{poll}']]")[0]
            answer = await post(editor, form.get("action"), fields_of(form) | {"act": name})
            assert answer.status_code == 303

        for poll in polls:
            await turn("open", poll)
        assert asked_ids((await citizen.open(url)).text) == [*reversed(polls)]
        assert polls_beside(await citizen.open(f"/lay-y-kien/{slug}")) == [*reversed(polls)]
        await citizen.open(url)
        assert (await post(citizen, url, {"only": polls[0], f"cau-{polls[0]}": "1"})).status_code == 303
        assert (await post(citizen, url, {"only": polls[1], f"cau-{polls[1]}": HOSTILE})).status_code == 303
        for browser in (citizen, editor):
            page = parsed((await browser.open(url)).text)
            assert all(one.get("hidden") is not None for one in page.xpath("//*[@data-part='results']")), "hidden from everybody"
        assert HOSTILE not in says(await editor.open(f"/bien-tap/{slug}/tra-loi-viet"))
        for poll in polls:
            await turn("close", poll)
        assert polls_beside(await citizen.open(f"/lay-y-kien/{slug}")) == []
        page = await citizen.open(url)
        [table] = parsed(page.text).xpath(f"//question-box[@data-question='{polls[0]}']//table")
        assert "1 người đã trả lời" in table.xpath("caption")[0].text_content()
        assert [cell.text_content() for cell in table.xpath(".//td")] == ["0", "0,0 %", "1", "100,0 %"]
        assert "onerror" not in (await editor.open(url)).text, "written answers are for the agency alone"
        assert (await post(citizen, url, {"only": polls[0], f"cau-{polls[0]}": "0"})).status_code == 409
        texts = await editor.open(f"/bien-tap/{slug}/tra-loi-viet")
        assert HOSTILE in says(texts)
        assert not scripted(texts.text)
        assert (await citizen.open(f"/bien-tap/{slug}/tra-loi-viet")).status_code in (403, 404)
