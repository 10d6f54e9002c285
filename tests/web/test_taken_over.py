"""A consultation that was held elsewhere, taken over from its open data: the same words, the same totals, nobody's account; and what is
no such file leaves nothing behind."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from server.documents import LARGEST_FILE_BYTES
from server.documents.export import write_export
from server.documents.exported import read_export
from server.documents.taken_over import read_taken_over
from server.kernel.refused import Refused
from server.recount import counted_anew
from server.store.connection import Pool
from server.store.pool import open_pool
from server.taking_over import taken_over
from server.web.refusals import sentence
from tests.peers.postgres import Cluster
from tests.web.citizens import parsed, says
from tests.web.open_site import OpenSite
from tests.web.site import Browser
from tests.web.test_open_data import ANSWER, Reader, closed, fill, taken, zipped

NEW = "/tiep-nhan/moi"
KEPT = ("taken_over", "taken_over_contributions", "taken_over_texts", "taken_over_bytes", "acts")


@pytest.fixture
def site(pool: Pool) -> OpenSite:
    return OpenSite(pool)


@pytest.fixture
async def elsewhere(engine: str, clusters: dict[str, Cluster]) -> AsyncIterator[OpenSite]:
    """Another site, on an empty database of its own."""
    database = clusters[engine].fresh_database()
    async with await open_pool(database.app_dsn, connections=4) as pool:
        yield OpenSite(pool)
    clusters[engine].take_back(database)


async def exported(site: OpenSite) -> tuple[str, bytes]:
    """The slug of a consultation that is closed, with votes, polls and contributions, and its open data."""
    async with site.opened(moderation="after") as slug:
        await fill(site, slug)
        await closed(site, slug)
        return slug, await taken(site, slug)


async def send(editor: Browser, agency: int, data: bytes, name: str = "du-lieu.zip") -> httpx.Response:
    await editor.open(NEW)
    [token, *_] = parsed(editor.page).xpath("//main//input[@name='csrf']/@value")
    fields = {"csrf": token, "agency": str(agency)}
    return await editor.client.post(NEW, data=fields, files={"file": (name, data)}, headers={"origin": editor.site.origin})


async def rows(pool: Pool) -> list[int]:
    return [await pool.fetchval(f"select count(*) from {table}") for table in KEPT]


def section(page: str, id: str) -> str:
    [found] = parsed(page).xpath(f"//section[@aria-labelledby='{id}']")
    return " ".join(found.text_content().split())


async def test_what_was_exported_is_taken_over_into_an_empty_database_with_the_same_totals(site: OpenSite, elsewhere: OpenSite) -> None:
    slug, data = await exported(site)
    async with site.browser() as anybody:
        told = {lang: (await anybody.client.get(f"/lay-y-kien/{slug}/so-lieu?lang={lang}")).text for lang in ("vi", "en")}
        source = (await anybody.client.get(f"/lay-y-kien/{slug}/nhat-ky")).status_code
    assert source == 200
    agency = await elsewhere.agency("khac", "Cơ quan tiếp nhận")
    people = "select count(*) from persons"
    async with elsewhere.official("bien-tap", ("editor", agency)) as editor, elsewhere.browser() as reader:
        before = await elsewhere.pool.fetchval(people)
        answer = await send(editor, agency, data)
        url = answer.headers["location"]
        assert answer.status_code == 303 and url.startswith("/tiep-nhan/")
        assert (await send(editor, agency, data)).headers["location"] == url, "the same file again is the same dossier"
        assert await elsewhere.pool.fetchval(people) == before, "nobody's account is made"
        assert (await rows(elsewhere.pool))[0] == 1

        for lang, page in told.items():
            here = await reader.client.get(f"{url}?lang={lang}")
            for id in ("tham-gia", "theo-kind", "theo-channel", "theo-verified", "tra-loi"):
                assert section(here.text, id) == section(page, id), "each number as it was published there"
        here = await reader.client.get(f"{url}?lang=vi")
        assert "Hồ sơ tiếp nhận từ nơi khác, chỉ để đọc" in says(here) and f"{site.origin}/lay-y-kien/{slug}" in says(here)
        voted = [
            [cell.text_content() for cell in row] for row in parsed(here.text).xpath("//section[@aria-labelledby='bieu-quyet']//tbody/tr")
        ]
        export = Reader(data)
        totals = [one for one in export.json("totals.json") if one["part"] == "draft"]
        people_by_answer = [
            [one["people"] for one in totals if one["question"] == question] for question in {one["question"]: 0 for one in totals}
        ]
        assert [[int(cell) for cell in row[1:]] for row in voted] == people_by_answer and sum(map(sum, people_by_answer)) == 7
        assert "Đã trả lời: 6 người" in section(here.text, "cau-hoi")

        again = (await reader.client.get(f"{url}/du-lieu.zip")).content
        assert again == data, "the file, byte by byte"
        lines = counted_anew(read_export(again))
        assert lines and all(one.equal for one in lines)

        text = await reader.client.get(f"{url}/v1")
        assert "Nghị định này quy định:" in says(text)
        assert parsed(text.text).xpath("//*[@id='dieu-1']//vote-box"), "with the votes on it"
        spoken = await reader.client.get(f"{url}/y-kien")
        listed = parsed(spoken.text).xpath("//li[contains(@class, 'voice')]")
        contributions = export.json("contributions.json")
        assert len(listed) == len(contributions)
        for item, one in zip(listed, contributions, strict=True):
            assert one["text"].split() == item.xpath(".//p[@class='voice__words']")[0].text_content().split()
        assert ANSWER in says(spoken) and "trả lời ý kiến số" in says(spoken)
        assert not parsed(spoken.text).xpath("//main//form"), "nothing can be said here"
        assert "Cơ quan tiếp nhận tiếp nhận ngày" in says(await reader.client.get("/tiep-nhan"))
        assert '"/tiep-nhan"' in (await reader.client.get("/")).text


async def test_long_lists_are_read_a_page_at_a_time_and_only_an_editor_of_the_agency_takes_it_off(
    site: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, data = await exported(site)
    monkeypatch.setattr("server.web.taken_over.SPOKEN", 3)
    agency, other = await site.agency("khac", "Khác"), await site.agency("ba", "Ba")
    async with site.official("khac", ("editor", agency)) as editor, site.official("ba", ("editor", other)) as stranger:
        assert (await send(stranger, agency, data)).status_code == 404, "not for another agency"
        url = (await send(editor, agency, data)).headers["location"]
        seen: list[list[int]] = []
        way = f"{url}/y-kien"
        while way:
            page = parsed((await editor.client.get(way)).text)
            seen.append(ids_on(page))
            way, back = (next(iter(page.xpath(f"//a[@rel='{to}']/@href")), "") for to in ("next", "prev"))
        assert [id for part in seen for id in part] == [one["id"] for one in Reader(data).json("contributions.json")]
        assert ids_on(parsed((await editor.client.get(back)).text)) == seen[-2]

        await stranger.open(url)
        assert "/xoa" not in stranger.page
        assert (await stranger.client.get(f"{url}/xoa")).status_code == 404
        await editor.open(url)
        assert f'"{url}/xoa"' in editor.page
        assert "không khôi phục được" in says(await editor.open(f"{url}/xoa"))
        assert "Đã bỏ hồ sơ" in says(await editor.submit(f"{url}/xoa"))
        assert (await editor.client.get(url)).status_code == 404
        assert (await rows(site.pool))[:4] == [0, 0, 0, 0]
        assert [row["act"] for row in await site.pool.fetch("select act from acts order by id")] == ["taken_over", "taken_off"]


async def test_the_operator_takes_over_by_a_command_with_the_same_refusals_in_words(
    site: OpenSite, elsewhere: OpenSite, tmp_path: Path
) -> None:
    _, data = await exported(site)
    agency = await elsewhere.agency("khac", "Cơ quan tiếp nhận")
    good, bad, altered, large = (tmp_path / name for name in ("du-lieu.zip", "bad.zip", "altered.zip", "large.zip"))
    good.write_bytes(data)
    bad.write_bytes(data[:-100])
    more = table("numbers", lambda lines: lines[0].update(contributions=lines[0]["contributions"] + 1))
    altered.write_bytes(zipped(more(Reader(data).files)))
    large.write_bytes(bytes(LARGEST_FILE_BYTES + 1))
    before = await rows(elsewhere.pool)
    refused = {
        (good, "khong-co"): "There is no agency khong-co. There are: khac.",
        (bad, "khac"): "This file is not the open data of a consultation",
        (altered, "khac"): "does not agree with its own rows",
        (large, "khac"): "This file is too large.",
        (tmp_path / "khong-co.zip", "khac"): "cannot be read: No such file or directory.",
    }
    for (file, slug), words in refused.items():
        said, kept = await taken_over(elsewhere.pool, file, slug)
        assert words in said and not kept, said
    assert await rows(elsewhere.pool) == before

    said, kept = await taken_over(elsewhere.pool, good, "khac")
    assert kept and said.startswith("Cơ quan tiếp nhận has the record /tiep-nhan/")
    assert await taken_over(elsewhere.pool, good, "khac") == (f"It was there before. {said}", True)
    async with elsewhere.official("bien-tap", ("editor", agency)) as editor, elsewhere.browser() as anybody:
        url = "/tiep-nhan/" + said.partition("/tiep-nhan/")[2].partition(":")[0]
        assert (await anybody.client.get(f"{url}/du-lieu.zip")).content == data
        assert (await send(editor, agency, data)).headers["location"] == url, "the form finds the same record"
    acts = await elsewhere.pool.fetch("select act, actor, agency from acts")
    assert [tuple(act) for act in acts] == [("taken_over", None, agency)], "by the operator of the server"


def ids_on(page: Any) -> list[int]:
    return [int(item.get("id").removeprefix("y-kien-")) for item in page.xpath("//li[contains(@class, 'voice')]")]


Files = dict[str, bytes]


def table(name: str, change: Callable[[list[dict[str, Any]]], None]) -> Callable[[Files], Files]:
    """The files with one table changed in JSON and in CSV alike, as who alters an export would."""

    def changed(files: Files) -> Files:
        read = read_export(zipped(files))
        [sheet] = [one for one in read.sheets if one.name == name]
        lines = [dict(zip([column.name for column in sheet.columns], row, strict=True)) for row in sheet.rows]
        change(lines)
        kept = replace(sheet, rows=[tuple(line.values()) for line in lines])
        sheets = [kept if one.name == name else one for one in read.sheets]
        return Reader(write_export(read.about, sheets, read.documents)).files

    return changed


def about(**values: object) -> Callable[[Files], Files]:
    return lambda files: files | {"consultation.json": json.dumps(json.loads(files["consultation.json"]) | values).encode()}


def text(draft: object) -> Callable[[Files], Files]:
    return lambda files: files | {"text-v1.json": json.dumps(draft).encode()}


def set_in(name: str, **values: object) -> Callable[[Files], Files]:
    return table(name, lambda lines: lines[0].update(values))


def without(name: str) -> Callable[[Files], Files]:
    return lambda files: {other: content for other, content in files.items() if other != name}


NODE = {"id": "a", "kind": "article", "children": [{"id": "a", "kind": "clause"}]}
UPWARD = {"id": "a", "kind": "clause", "children": [{"id": "b", "kind": "article"}]}
HOSTILE: dict[str, tuple[Callable[[Files], Files], str]] = {
    "a bomb": (lambda files: files | {"text-v1.json": b" " * 210_000_000}, "phình ra quá lớn"),
    "deep": (lambda files: files | {"text-v1.json": b"[" * 200_000 + b"]" * 200_000}, "lồng nhau quá sâu"),
    "no table": (without("totals.csv"), "không phải dữ liệu mở"),
    "no text, though clauses are named": (without("text-v1.json"), "không phải dữ liệu mở"),
    "a path": (lambda files: files | {"../../etc/passwd": b"x"}, "không phải dữ liệu mở"),
    "another file": (lambda files: files | {"text-v1.json.exe": b"x"}, "không phải dữ liệu mở"),
    "a formula in CSV": (
        lambda files: files | {"contributions.csv": files["contributions.csv"].replace(b"'=HYPERLINK", b"=HYPERLINK")},
        "không phải dữ liệu mở",
    ),
    "fewer rows": (table("contributions", lambda lines: lines.remove(lines[-1])), "không khớp"),
    "altered totals": (set_in("totals", people=8), "không khớp"),
    "altered numbers": (set_in("numbers", contributions=70), "công bố 70, đếm được 7"),
    "a huge number": (set_in("totals", people=10**300), "không phải dữ liệu mở"),
    "a negative number": (set_in("totals", people=-1), "không phải dữ liệu mở"),
    "an id that is none": (set_in("contributions", id=2**70), "không phải dữ liệu mở"),
    "an unknown clause": (set_in("contributions", clause="dieu-99"), "không phải dữ liệu mở"),
    "words turned round": (set_in("contributions", text="Tôi \u202eđồng ý"), "không phải dữ liệu mở"),
    "an unknown kind": (set_in("contributions", kind="king"), "không phải dữ liệu mở"),
    "an address that runs": (about(url="javascript:alert(1)"), "không phải dữ liệu mở"),
    "still open": (about(phase="open"), "chưa kết thúc"),
    "totals not published": (about(totals_published=False), "chưa kết thúc"),
    "one id twice": (text({"title": "a", "nodes": [NODE]}), "không phải dữ liệu mở"),
    "a text that goes up": (text({"title": "a", "nodes": [UPWARD]}), "không phải dữ liệu mở"),
    "no letters": (text({"title": "a\0", "nodes": []}), "không phải dữ liệu mở"),
}


async def test_a_hostile_file_is_refused_in_clear_words_and_leaves_nothing(site: OpenSite) -> None:
    _, data = await exported(site)
    files = Reader(data).files
    assert read_taken_over(data).about.contributions == 7
    for what, (spoil, why) in HOSTILE.items():
        with pytest.raises(Refused) as caught:
            read_taken_over(zipped(spoil(files)))
        assert why in sentence(caught.value, "vi"), what
        assert sentence(caught.value, "en") != sentence(caught.value, "vi")
    agency = await site.agency("khac", "Khác")
    async with site.official("khac", ("editor", agency)) as editor:
        for spoilt, why in ((zipped(HOSTILE["altered totals"][0](files)), "không khớp"), (b"", "không phải dữ liệu mở")):
            answer = await send(editor, agency, spoilt)
            assert answer.status_code == 422 and why in says(answer)
            assert parsed(answer.text).xpath("//input[@name='file' and @aria-invalid='true']")
        assert await rows(site.pool) == [0] * len(KEPT)
