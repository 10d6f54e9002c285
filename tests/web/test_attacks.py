"""What people try who know the addresses: other people's numbers, files that are none, and what two answers tell that one does not."""

import re

import httpx
import pytest

from consultations import commands as c
from consultations.questions import Asked
from server.kernel.ids import CommandId, QuestionId
from server.realtime.consulting import File
from server.store.connection import Pool
from server.web.desk import fresh_command
from tests.web.office import words
from tests.web.open_site import OpenSite
from tests.web.site import Browser, forms_of
from tests.web.test_editing_content import HOSTILE_FILES as EVERY_HOSTILE_FILE

CHANCE = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}|name=\"csrf\" value=\"[^\"]*\"|%b [^<]*" % "Nội dung tính đến".encode())
"""What is new on every page whatever happened: ids for commands, the token of forms, and the minute in which it was made."""

EXITS = (
    *("/", "/nguon-tin.atom", "/lich.ics", "{page}", "{page}/v1", "{page}/y-kien/dieu-1", "{page}/so-lieu", "{page}/the/vi"),
    *("{page}/du-lieu.zip", "{page}/nguon-tin.atom", "{page}/nhat-ky", "{page}/nhat-ky.jsonl", "{api}", "{api}/totals", "{api}/numbers"),
    *("{api}/log", "{api}/contributions", "{api}/text", "/api/v1/consultations"),
)

HOSTILE_FILES = [one for one in EVERY_HOSTILE_FILE if "macro" in one[2] or "mật khẩu" in one[2] or "phình ra" in one[2]]
"""Reading these is tried elsewhere; here one of each sort is enough."""


def _id() -> CommandId:
    return CommandId(fresh_command())


@pytest.fixture
async def site(pool: Pool) -> OpenSite:
    return OpenSite(pool)


async def form_of(browser: Browser, page: str, action: str) -> dict[str, str]:
    """The hidden fields of a form that a page offers."""
    await browser.open(page)
    return forms_of(browser.page)[action]


async def send(browser: Browser, action: str, fields: dict[str, str], file: tuple[str, bytes] | None = None) -> httpx.Response:
    """Sends what no page of ours would send; redirects are not followed."""
    files = {"file": file} if file else None
    return await browser.client.post(action, data=fields, files=files, headers={"origin": browser.site.origin})


async def told(browser: Browser, slug: str) -> dict[str, tuple[bytes, str]]:
    """What each exit says: its bytes, but for what is new by chance, and its fingerprint for who asks again."""
    answers = {}
    for way in EXITS:
        path = way.format(page=f"/lay-y-kien/{slug}", api=f"/api/v1/consultations/{slug}")
        answer = await browser.client.get(path)
        assert answer.status_code == 200, path
        answers[way] = (CHANCE.sub(b"", answer.content), answer.headers.get("etag", ""))
    return answers


async def test_no_exit_changes_by_a_byte_when_somebody_votes_while_totals_are_hidden(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug, site.browser() as visitor:
        consultation = await site.consultation(slug)
        agency = await site.pool.fetchval("select agency from consultations where id = $1", consultation)
        editor = await site.person(f"bien-tap-{agency}", ("editor", agency))
        await site.consulting.change(editor, _id(), consultation, c.AddPoll(Asked("several", "Màu nào?", ("Đỏ", "Vàng"))))
        poll = QuestionId(await site.pool.fetchval("select max(id) from questions"))
        await site.consulting.change(editor, _id(), consultation, c.OpenPoll(poll))
        for number in range(6):
            await site.contribute(f"nguoi-{number}", slug, f"Ý kiến {number}", "dieu-1")
        article = QuestionId(await site.pool.fetchval("select min(id) from questions"))
        before = await told(visitor, slug)
        for number in range(12):  # some who spoke, and some who did not
            voter = await site.person(f"nguoi-{number}")
            assert voter.person is not None
            await site.writer.cast(voter.person, _id(), article, number % 3)
            await site.consulting.respond(voter, poll, [number % 2])
            await site.consulting.open_text(voter, consultation)
        after = await told(visitor, slug)
    assert [way for way in EXITS if before[way] != after[way]] == []


async def test_a_number_of_another_consultation_is_no_key_to_it_under_the_address_of_ones_own(site: OpenSite) -> None:
    pool = site.pool
    mine, theirs = await site.agency("mot", "Cơ quan một"), await site.agency("hai", "Cơ quan hai")
    own = await site.open_consultation(mine, moderation="after", title="Đợt một")
    other = await site.open_consultation(theirs, moderation="before", title="Đợt hai")
    editor = await site.person("bien-tap-hai", ("editor", theirs))
    file = File("a.txt", "text/plain", b"x")
    await site.consulting.add_paper(editor, _id(), await site.consultation(other), "other", "Tài liệu", file)
    paper = await pool.fetchval("select max(id) from papers")
    here = await site.contribute("ho", own, "Lời ở đây")
    secret = await site.contribute("ho", other, "Lời còn đợi duyệt")
    await site.consulting.change(editor, _id(), await site.consultation(other), c.Close("Đã đủ ý kiến"))
    page, desk = f"/lay-y-kien/{own}", f"/bien-tap/{own}"
    async with site.official("toi", ("editor", mine), ("moderator", mine)) as me:
        before = await facts(pool)
        for way in (
            *(f"{page}/gop-y/{secret}", f"{page}/ho-so/{paper}", f"{page}/theo-doi?y-kien={secret}", f"{desk}/nhap-tep/1"),
            *(f"/y-kien-cua-toi/sua?y-kien={here}", f"/y-kien-cua-toi/rut?y-kien={here}", f"/y-kien-cua-toi/khieu-nai?y-kien={here}"),
            *(f"/bien-tap/{other}", f"/bien-tap/{other}/tra-loi", f"/bien-tap/{other}/nhap-ho", f"/kiem-duyet/giong-nhau/{other}"),
        ):
            assert (await me.open(way)).status_code == 404, way
        for way in (f"{page}?da-gui={secret}", f"/kiem-duyet?vua={secret}", f"{desk}/tra-loi?dieu=toan-van&chon={secret}"):
            assert "Lời còn đợi duyệt" not in (await me.open(way)).text, way
        form = await form_of(me, f"{page}/theo-doi", f"{page}/theo-doi")
        answer = {"outcome": "noted", "explanation": "", "node": ""}
        ruling = {"ruling": "hide", "rule": "insult", "reason": "Xúc phạm"}
        sent = {
            f"{page}/theo-doi": {"digest": "daily", "y-kien": str(secret)},
            f"{page}/ung-ho": {"contribution": str(secret)},
            f"{desk}/tra-loi": answer | {"contribution": f"{secret}.0-0"},
            "/kiem-duyet": ruling | {"contribution": str(secret)},
            "/kiem-duyet/nhieu": ruling | {"chosen": f"{secret}.0"},
            "/kiem-duyet/khieu-nai": {"contribution": str(secret), "granted": "1", "reason": "Đúng"},
            "/y-kien-cua-toi/sua": {"contribution": str(here), "text": "Lời khác"},
            "/y-kien-cua-toi/rut": {"contribution": str(here)},
            "/y-kien-cua-toi/khieu-nai": {"contribution": str(here), "reason": "Xin xem lại"},
        }
        for action, fields in sent.items():
            refused = await send(me, action, {"csrf": form["csrf"], "id": _id()} | fields)
            assert refused.status_code == 404, (action, refused.status_code)
        reply = {"name": "Tôi", "text": "Đáp lại", "node": "", "parent": str(secret)}
        assert (await send(me, f"{page}/gop-y", {"csrf": form["csrf"], "id": _id()} | reply)).status_code == 404
        assert await facts(pool) == before


async def facts(pool: Pool) -> list[tuple[object, ...]]:
    """What was said, how it stands, and what was done: all that a refused form must leave as it is."""
    counted = "select (select count(*) from events), (select count(*) from follows), (select count(*) from supports)"
    said = await pool.fetch("select id, state, text, appeal, disposition, supports from contributions order by id")
    return [tuple(row) for row in [*await pool.fetch(counted), *said]]


async def test_a_hostile_file_at_any_door_is_refused_and_leaves_the_next_version_as_it_was(site: OpenSite) -> None:
    agency = await site.agency()
    slug = await site.open_consultation(agency)
    doors = [f"/bien-tap/{slug}/{end}" for end in ("phien-ban", "ho-so", "nhap-tep")]
    async with site.official("toi", ("editor", agency)) as me:
        for page in doors:
            action = f"{page}/tep" if page.endswith("phien-ban") else page
            form = await form_of(me, page, action)
            huge = await send(me, action, form | {"kind": "other"}, ("a.docx", b"PK" + bytes(21 << 20)))
            assert huge.status_code == 413, action
        action = f"{doors[0]}/tep"
        for name, data, said in HOSTILE_FILES:
            form = await form_of(me, doors[0], action)
            refused = await send(me, action, form, (name, data))
            assert refused.status_code == 422 and said in words(refused.text), name
    tables = "select (select count(*) from next_versions), (select count(*) from papers), (select count(*) from opinion_files)"
    [left] = await site.pool.fetch(tables)
    assert tuple(left) == (0, 0, 0)


async def test_the_whole_of_a_consultation_is_taken_so_often_a_minute_from_one_address(site: OpenSite) -> None:
    async with site.opened() as slug, site.browser() as greedy, site.browser(address="203.0.113.9") as other:
        way = f"/lay-y-kien/{slug}/du-lieu.zip"
        assert {(await greedy.client.get(way)).status_code for _ in range(20)} == {200}
        refused = await greedy.client.get(way)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
        assert (await other.client.get(way)).status_code == 200
        assert (await greedy.client.get(f"/lay-y-kien/{slug}")).status_code == 200
