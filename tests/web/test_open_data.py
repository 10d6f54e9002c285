"""What everybody may take away: a zip that another program reads, that counts to the same totals, and that gives nobody away."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from consultations import commands as c
from consultations.questions import Asked
from server.documents.export import write_export
from server.documents.exported import read_export
from server.documents.taken_over import read_taken_over
from server.kernel.ids import CommandId, QuestionId
from server.kernel.refused import Refused
from server.recount import counted_anew, print_recount
from server.store.connection import Pool
from tests.web.office import HOSTILE
from tests.web.open_site import OpenSite

FORMULA = '=HYPERLINK("http://x.example";"A1")'
HIDDEN, WAITING, WITHDRAWN, ANSWER = "Lời bị ẩn", "Lời đang chờ", "Lời đã rút", "Đồng tình với ý kiến này"
AUTHOR = "Tên hiển thị riêng"


@pytest.fixture
def site(pool: Pool) -> OpenSite:
    return OpenSite(pool)


def new_id() -> CommandId:
    return CommandId(str(uuid4()))


async def fill(site: OpenSite, slug: str) -> None:
    """Contributions of every state and shape, votes, answers to polls of all kinds, one vote changed."""
    consultation, pool = await site.consultation(slug), site.pool
    for number, words in enumerate([FORMULA, HOSTILE, 'Nhiều dòng\r\nvà "nháy", phẩy', "'nháy đơn ở đầu", "Đồng ý", "Không"]):
        await site.contribute(f"nguoi-{number}", slug, words, "dieu-1" if number % 2 else "")
    first = await pool.fetchval("select min(id) from contributions")
    for words, state in ((HIDDEN, "hidden"), (WAITING, "waiting"), (WITHDRAWN, "withdrawn")):
        made = await site.contribute("ai-do", slug, words, "dieu-2")
        await pool.execute("update contributions set state = $2 where id = $1", made, state)
    replier = await site.person(AUTHOR)
    reply = c.Contribute(None, ANSWER, AUTHOR, parent=first, side="for")
    await site.consulting.speak(replier, new_id(), consultation, reply)
    business = c.Contribute(None, "Ý kiến của doanh nghiệp", "Công ty thử nghiệm", kind="business")
    await site.consulting.speak(await site.person("doanh-nghiep"), new_id(), consultation, business)
    asked = [row["id"] for row in await pool.fetch("select id from questions order by id")]
    for number in range(7):
        person = (await site.person(f"nguoi-{number}")).person
        assert person is not None
        for choice in (0, number % 3):
            await site.writer.cast(person, new_id(), QuestionId(asked[0]), choice)
    editor = await site.person("bien-tap", ("editor", await pool.fetchval("select agency from consultations")))
    polls = {"several": ((0, 2), (2,)), "rank": ((1, 0, 2), (2, 1, 0)), "single": (), "scale": (), "text": ()}
    for kind, given in polls.items():
        labels = () if kind == "text" else ("Một", "Hai", FORMULA)
        await site.consulting.change(editor, new_id(), consultation, c.AddPoll(Asked(kind, f"Hỏi {kind}?", labels)))  # type: ignore[arg-type]
        poll = QuestionId(await pool.fetchval("select max(id) from questions"))
        await site.consulting.change(editor, new_id(), consultation, c.OpenPoll(poll))
        for number in range(6):
            voter = await site.person(f"nguoi-{number}")
            assert voter.person is not None
            if kind in ("single", "scale"):
                await site.writer.cast(voter.person, new_id(), poll, number % 3)
            else:
                await site.consulting.respond(voter, poll, given[number % 2] if given else (), "" if given else "Lời viết riêng")


async def taken(site: OpenSite, slug: str) -> bytes:
    async with site.browser() as anybody:
        answer = await anybody.client.get(f"/lay-y-kien/{slug}/du-lieu.zip")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip" and "set-cookie" not in answer.headers
    return answer.content


async def closed(site: OpenSite, slug: str) -> None:
    editor = await site.person("bien-tap", ("editor", await site.pool.fetchval("select agency from consultations")))
    await site.consulting.change(editor, new_id(), await site.consultation(slug), c.Close("Đã đủ ý kiến"))


class Reader:
    """Another program, which knows nothing but what the zip says of itself."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.files = {name: archive.read(name) for name in archive.namelist()}

    def table(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.files[f"{name}.csv"].decode("utf-8-sig"), newline=""), strict=True))

    def json(self, name: str) -> Any:
        return json.loads(self.files[name])


async def test_the_zip_read_back_counts_to_the_totals_of_the_rows(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug:
        await fill(site, slug)
        await closed(site, slug)
        read, pool = Reader(await taken(site, slug)), site.pool
    shown = await pool.fetch("select id, parent, kind, channel, verified, text from contributions where state = 'visible' order by id")
    table = read.table("contributions")
    assert [(one["id"], one["kind"], one["channel"], one["verified"]) for one in table] == [
        (str(row["id"]), row["kind"], row["channel"], str(row["verified"]).lower()) for row in shown
    ]
    assert [one["text"] for one in read.json("contributions.json")] == [row["text"] for row in shown]
    assert read.json("consultation.json")["contributions"] == sum(row["parent"] is None for row in shown) == 7
    ballots = await pool.fetch("select question, choice, count(*) as people from votes group by 1, 2 order by 1, 2")
    totals = [
        (int(one["question"]), int(one["choice"]), int(one["people"])) for one in read.table("totals") if one["kind"] in ("single", "scale")
    ]
    assert [one for one in sorted(totals) if one[2]] == [tuple(row) for row in ballots]
    several = {one["label"]: int(one["people"]) for one in read.table("totals") if one["kind"] == "several"}
    assert several == {"": 6, "Một": 3, "Hai": 0, "'" + FORMULA: 6}, "of all who answered; an option that nobody chose is there"
    ranks = {(one["place"], one["label"].lstrip("'")): int(one["people"]) for one in read.table("totals") if one["kind"] == "rank"}
    assert ranks == {
        ("", ""): 6,
        ("1", "Một"): 0,
        ("1", "Hai"): 3,
        ("1", FORMULA): 3,
        ("2", "Một"): 3,
        ("2", "Hai"): 3,
        ("2", FORMULA): 0,
        ("3", "Một"): 3,
        ("3", "Hai"): 0,
        ("3", FORMULA): 3,
    }
    logged = await pool.fetchval("select count(*) from events where type <> all(array['created', 'described', 'text_placed', 'asked'])")
    assert 0 < len(read.table("log")) <= logged
    assert len(read.table("log")) == len({one["number"] for one in read.table("log")})


async def test_the_dictionary_names_every_column_and_no_more_and_the_licence_is_inside(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug:
        await fill(site, slug)
        read = Reader(await taken(site, slug))
    dictionary = read.table("dictionary")
    named = {(one["file"].split(",")[0], one["column"]) for one in dictionary}
    tables = {name for name in read.files if name.endswith(".csv") and name != "dictionary.csv"}
    assert tables == {"contributions.csv", "totals.csv", "numbers.csv", "log.csv"}
    headers = {
        (name, column) for name in tables for column in read.files[name].decode("utf-8-sig").split("\r\n")[0].replace('"', "").split(",")
    }
    assert named == headers
    assert all(one["meaning_vi"] and one["meaning_en"] for one in dictionary)
    for name in tables:
        columns = {column for file, column in named if file == name}
        assert all(set(row) == columns for row in read.json(name.replace(".csv", ".json")))
    assert read.json("consultation.json")["licence"] == "CC-BY-4.0"
    assert "creativecommons.org/licenses/by/4.0" in read.files["LICENSE.md"].decode()


async def test_no_cell_of_it_runs_and_nothing_in_it_is_hidden_waiting_withdrawn_or_a_persons_name(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug:
        await fill(site, slug)
        read = Reader(await taken(site, slug))
    for name in (name for name in read.files if name.endswith(".csv")):
        for row in csv.reader(io.StringIO(read.files[name].decode("utf-8-sig"), newline="")):
            assert [
                cell for cell in row if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n")) and not cell[1:].isdigit()
            ] == []
    words = "\n".join(content.decode() for content in read.files.values())
    assert ANSWER in words and "Công ty thử nghiệm" in words, "they were read"
    assert [secret for secret in (HIDDEN, WAITING, WITHDRAWN, AUTHOR, "@example.vn", "Lời viết riêng", "nguoi-1") if secret in words] == []


async def test_it_is_read_in_again_and_counted_anew(site: OpenSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with site.opened(moderation="after") as slug:
        await fill(site, slug)
        await closed(site, slug)
        made = await taken(site, slug)
    again = read_export(made)
    assert write_export(again.about, again.sheets, again.documents) == made, "nothing is lost on the way in"
    lines = counted_anew(again)
    assert {one.what for one in lines} >= {
        "contributions",
        "contributions, all heard",
        "contributions, channel online",
        "answers, part poll",
    }
    assert [one for one in lines if not one.equal] == []
    file = tmp_path / "du-lieu.zip"
    file.write_bytes(made)
    assert print_recount(str(file)) == 0
    assert f"{len(lines)} numbers counted anew, 0 different." in capsys.readouterr().out
    for table, missed in (("contributions", "contributions"), ("totals", "answers, part draft")):
        fewer = [replace(one, rows=one.rows[1:]) if one.name == table else one for one in again.sheets]
        assert missed in [one.what for one in counted_anew(replace(again, sheets=fewer)) if not one.equal], "a missing row is noticed"


async def test_erased_words_leave_their_row_and_every_number_as_it_was(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug:
        await fill(site, slug)
        await closed(site, slug)
        before = read_export(await taken(site, slug))
        author = await site.person("nguoi-1")
        erased = await site.pool.fetchval("select min(id) from contributions where author = $1", author.person)
        await site.consulting.change_own(author, new_id(), c.Erase(erased))
        made = await taken(site, slug)
        after = read_export(made)
    assert [one for one in counted_anew(after) if not one.equal] == []
    assert after.rows("numbers") == before.rows("numbers") and after.rows("totals") == before.rows("totals")
    [row] = [one for one in after.rows("contributions") if one["erased_at"]]
    [was] = [one for one in before.rows("contributions") if one["id"] == erased]
    assert (row["id"], row["text"]) == (erased, "") and was["text"]
    told = {row["erased_at"], *(one["at"] for one in after.rows("log") if one["what"] == "erased")}
    assert {str(at)[11:16] for at in told} == {"17:00"}, "midnight in Viet Nam: one moment would tell that several were one person's"
    assert {name: value for name, value in row.items() if name not in ("text", "erased_at")} == {
        name: value for name, value in was.items() if name not in ("text", "erased_at")
    }
    assert [one["what"] for one in after.rows("log") if json.loads(str(one["detail"])) == {"contribution": erased}] == ["erased"]
    kept = [json.loads(line) for _, line in read_taken_over(made).contributions]
    assert [one["text"] for one in kept if one["erased_at"]] == [""], "another site shows the same"


async def test_numbers_and_rows_are_of_one_moment_while_people_still_speak(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug, site.browser() as visitor:
        await fill(site, slug)
        site.hold_clock()
        for words in ("Một ý nữa", "Và một ý nữa"):
            await visitor.open(f"/lay-y-kien/{slug}/so-lieu")
            lines = counted_anew(read_export(await taken(site, slug)))
            assert [one for one in lines if not one.equal] == []
            await site.contribute("nguoi-moi", slug, words, "dieu-1")


@pytest.mark.parametrize("spoilt", ["nothing", "no zip", "another zip", "a cell of the CSV"])
async def test_what_is_no_export_is_refused(site: OpenSite, spoilt: str) -> None:
    async with site.opened() as slug:
        made = await taken(site, slug)
    data = {"nothing": b"", "no zip": made[:-30], "another zip": zipped({"a.txt": b"a"})}.get(spoilt)
    if data is None:
        files = Reader(made).files
        data = zipped(files | {"log.csv": files["log.csv"].replace(b"published", b"cancelled")})
    with pytest.raises(Refused, match="bad_document"):
        read_export(data)


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()
