"""Feeds as other programs read them: Atom by RFC 4287, calendars by RFC 5545, nothing sent twice that has not changed."""

import re
from datetime import datetime
from uuid import uuid4

import httpx
import pytest
from lxml import etree

from consultations import commands as c
from server.kernel.ids import CommandId
from server.store.connection import Pool
from tests.web.office import HOSTILE
from tests.web.open_site import OpenSite

ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = ("/nguon-tin.atom", "/lay-y-kien/{slug}/nguon-tin.atom")
SECRETS = ("Lời đang chờ", "Lời bị ẩn", "Lý do riêng của kiểm duyệt", "Tên riêng", "@example.vn")


@pytest.fixture
def site(pool: Pool) -> OpenSite:
    return OpenSite(pool)


async def opened_with_secrets(site: OpenSite, slug: str) -> None:
    """Words that wait and words that are hidden, with the reason of it."""
    await site.contribute("Tên riêng", slug, "Lời đang chờ", "dieu-1")
    hidden = await site.contribute("Tên riêng", slug, "Lời bị ẩn", "dieu-2")
    moderator = await site.person("kiem-duyet", ("moderator", await site.pool.fetchval("select agency from consultations")))
    await site.consulting.rule(moderator, CommandId(str(uuid4())), c.Rule(hidden, "hide", "insult", "Lý do riêng của kiểm duyệt"))


async def get(site: OpenSite, path: str, **headers: str) -> httpx.Response:
    async with site.browser() as program:
        return await program.client.get(path, headers=headers)


def check_atom(answer: httpx.Response, address: str) -> list[etree._Element]:
    """The entries of a feed that keeps the rules of RFC 4287, by section."""
    assert answer.headers["content-type"].partition(";")[0] == "application/atom+xml"
    feed = etree.fromstring(answer.content)
    assert feed.tag == f"{ATOM}feed"
    known = {*("author", "category", "contributor", "id", "link", "title", "updated", "summary", "entry")}
    assert {str(one.tag) for one in feed.iter()} <= {f"{ATOM}{name}" for name in (*known, "feed", "name")}
    for whole in (feed, *feed.iter(f"{ATOM}entry")):  # 4.1.1, 4.1.2: exactly one of each, and a link to what it is about
        for name in ("id", "title", "updated"):
            [one] = whole.findall(f"{ATOM}{name}")
            assert one.text and one.text.strip() and not len(one)
        assert re.fullmatch(r"https?://\S+", whole.findtext(f"{ATOM}id") or ""), "4.2.6: an IRI"
        moment = whole.findtext(f"{ATOM}updated") or ""
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", moment) and datetime.fromisoformat(moment), "3.3"
        assert all(one.findtext(f"{ATOM}name") for one in whole.findall(f"{ATOM}author")) and whole.findall(f"{ATOM}author"), "3.2, 4.1.1"
        alternates = [
            (one.get("type"), one.get("hreflang")) for one in whole.findall(f"{ATOM}link") if one.get("rel", "alternate") == "alternate"
        ]
        assert len(alternates) == len(set(alternates)) == 1, "4.1.1, 4.1.2"
        assert all(re.fullmatch(r"https?://\S+", one.get("href", "")) for one in whole.findall(f"{ATOM}link")), "4.2.7.1"
        assert all(one.get("term") for one in whole.findall(f"{ATOM}category")), "4.2.2.1"
        assert len(whole.findall(f"{ATOM}summary")) <= 1
    [its_own] = [one for one in feed.findall(f"{ATOM}link") if one.get("rel") == "self"]
    assert its_own.get("href") == address
    entries = feed.findall(f"{ATOM}entry")
    assert len({one.findtext(f"{ATOM}id") for one in entries}) == len(entries), "4.1.1: an id is one entry's"
    assert feed.findtext(f"{ATOM}updated") == max(one.findtext(f"{ATOM}updated") or "" for one in entries)
    return entries


@pytest.mark.parametrize("feed", FEEDS)
async def test_a_feed_is_valid_atom_in_both_languages_and_tells_nothing_hidden(site: OpenSite, feed: str) -> None:
    async with site.opened(moderation="before", title=f"Dự thảo {HOSTILE} & ]]> khác") as slug:
        await opened_with_secrets(site, slug)
        path = feed.format(slug=slug)
        for asked, lang in (("", "vi"), ("?lang=en", "en")):
            answer = await get(site, path + asked)
            entries = check_atom(answer, site.origin + path + asked)
            assert entries and HOSTILE in (entries[-1].findtext(f"{ATOM}title") or "")
            assert etree.fromstring(answer.content).get("{http://www.w3.org/XML/1998/namespace}lang") == lang
            assert [secret for secret in SECRETS if secret in answer.text] == []
            assert "set-cookie" not in answer.headers


async def test_an_entry_keeps_its_id_when_others_come_and_what_happens_is_in_the_feed(site: OpenSite) -> None:
    async with site.opened() as slug:
        path = FEEDS[1].format(slug=slug)
        before = {one.findtext(f"{ATOM}id") for one in check_atom(await get(site, path), site.origin + path)}
        editor = await site.person("bien-tap", ("editor", await site.pool.fetchval("select agency from consultations")))
        await site.consulting.change(editor, CommandId(str(uuid4())), await site.consultation(slug), c.Close("Đã đủ ý kiến & hơn"))
        entries = check_atom(await get(site, path), site.origin + path)
        assert before < {one.findtext(f"{ATOM}id") for one in entries}
        assert "Đã đủ ý kiến & hơn" in (entries[0].findtext(f"{ATOM}summary") or "")


@pytest.mark.parametrize("path", [*FEEDS, "/lich.ics", "/lay-y-kien/{slug}/du-lieu.zip", "/api/v1/consultations/{slug}/log"])
async def test_what_has_not_changed_is_not_sent_again(site: OpenSite, path: str) -> None:
    async with site.opened(moderation="after") as slug:
        address = path.format(slug=slug)
        first = await get(site, address)
        tag = first.headers["etag"]
        assert re.fullmatch(r'(W/)?"[\x21\x23-\x7e]*"', tag), "RFC 9110 section 8.8.3"
        for given in (tag, f"W/{tag}", f'"khac", {tag}', "*"):
            again = await get(site, address, **{"if-none-match": given})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert (await get(site, address, **{"if-none-match": '"khac"'})).content == first.content
        editor = await site.person("bien-tap", ("editor", await site.pool.fetchval("select agency from consultations")))
        await site.consulting.change(editor, CommandId(str(uuid4())), await site.consultation(slug), c.Close("Đã đủ ý kiến"))
        changed = await get(site, address, **{"if-none-match": tag})
        assert changed.status_code == 200 and changed.headers["etag"] != tag


async def test_the_calendar_has_the_days_on_which_one_opens_and_closes_under_uids_that_stay(site: OpenSite) -> None:
    title = "Dự thảo dài, có dấu; và " + "ế" * 90
    async with site.opened(title=title) as slug:
        before = await get(site, "/lich.ics")
        assert before.headers["content-type"].startswith("text/calendar")
        assert all(len(line) <= 75 for line in before.content.split(b"\r\n")), "section 3.1"
        assert before.content.endswith(b"END:VCALENDAR\r\n") and before.content.count(b"\n") == before.content.count(b"\r\n")
        entries = events_of(before.text)
        id = await site.consultation(slug)
        host = site.origin.partition("://")[2]
        assert [entry["UID"] for entry in entries] == [f"lay-y-kien-{id}-mo@{host}", f"lay-y-kien-{id}-dong@{host}"]
        escaped = title.replace(",", "\\,").replace(";", "\\;")
        assert entries[1]["SUMMARY"] == f"Kết thúc lấy ý kiến: {escaped}" and entries[1]["URL"] == f"{site.origin}/lay-y-kien/{slug}"
        closes = await site.pool.fetchval("select closes_at at time zone 'Asia/Ho_Chi_Minh' from consultations")
        assert entries[1]["DTSTART;TZID=Asia/Ho_Chi_Minh"] == f"{closes:%Y%m%dT%H%M%S}"
        assert all({"DTSTAMP", "SEQUENCE"} <= set(entry) for entry in entries), "section 3.6.1"
        editor = await site.person("bien-tap", ("editor", await site.pool.fetchval("select agency from consultations")))
        await site.consulting.change(editor, CommandId(str(uuid4())), id, c.Close("Đã đủ ý kiến"))
        after = events_of((await get(site, "/lich.ics")).text)
        assert [entry["UID"] for entry in after] == [entry["UID"] for entry in entries]
        assert int(after[1]["SEQUENCE"]) > int(entries[1]["SEQUENCE"]), "or programs keep the day they know"
        assert after[1]["DTSTART;TZID=Asia/Ho_Chi_Minh"] < entries[1]["DTSTART;TZID=Asia/Ho_Chi_Minh"]


async def test_of_a_draft_or_of_nothing_there_is_no_feed(site: OpenSite) -> None:
    agency = await site.agency()
    editor = await site.person("bien-tap", ("editor", agency))
    _, slug = await site.consulting.create(editor, CommandId(str(uuid4())), agency, "Dự thảo kín", "kin")
    for name in (slug, "khong-co"):
        assert (await get(site, FEEDS[1].format(slug=name))).status_code == 404
    assert "Dự thảo kín" not in (await get(site, "/lich.ics")).text + (await get(site, FEEDS[0])).text


def events_of(calendar: str) -> list[dict[str, str]]:
    """The entries of a calendar, its folds undone, by property."""
    whole = calendar.replace("\r\n ", "")
    found = re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT\r\n", whole, re.S)
    return [dict(_property(line) for line in one.splitlines()) for one in found]


def _property(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value
