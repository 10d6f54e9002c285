"""The pages of answers and of the consolidated report, as editors and readers walk them."""

import hashlib
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any
from uuid import uuid4

import docx
import httpx
import pytest
from lxml import html

from consultations.commands import Rule
from server.documents.form10 import Writer
from server.jobs.reporting import REPORT_JOB, Reporting
from server.kernel.ids import CommandId, ContributionId
from server.store import jobs
from server.store.connection import Pool
from tests.web.office import HOSTILE, Office, links, scripted, words
from tests.web.site import Browser, forms_of


def boxes_of(page: str, *, ticked: bool = False) -> list[str]:
    """What the boxes of a page's contributions say: a number, and the stand in which it was read."""
    boxes = [box for box in html.fromstring(page).iter("input") if box.get("name") == "contribution"]
    return [str(box.get("value")) for box in boxes if not ticked or box.get("checked") is not None]


class Desk:
    """An editor before an open consultation with three opinions, one of them hostile, and a passer-by."""

    def __init__(self, office: Office, slug: str, editor: Browser, reader: Browser, said: tuple[ContributionId, ...]) -> None:
        self.office, self.slug, self.editor, self.reader, self.said = office, slug, editor, reader, said
        self.url = f"/bien-tap/{slug}"

    async def answer(self, place: str, ticked: list[ContributionId], **fields: str) -> httpx.Response:
        """Sends the form of answers for these."""
        await self.editor.open(f"{self.url}/tra-loi?dieu={place}")
        return await self.send(ticked, **fields)

    async def send(self, ticked: list[ContributionId], **fields: str) -> httpx.Response:
        """Sends the form of the page that is open."""
        action = f"{self.url}/tra-loi"
        boxes = dict(value.split(".") for value in boxes_of(self.editor.page))
        data = {**forms_of(self.editor.page)[action], **fields, "contribution": [f"{one}.{boxes[str(one)]}" for one in ticked]}
        response = await self.editor.client.post(action, data=data, headers={"origin": self.office.origin}, follow_redirects=True)
        self.editor.page = response.text
        return response

    async def close(self) -> None:
        await self.editor.open(f"{self.url}/ket-thuc")
        await self.editor.submit(f"{self.url}/ket-thuc", reason="Đã đủ ý kiến")

    async def publish(self) -> httpx.Response:
        await self.editor.open(f"{self.url}/tra-loi/cong-bo")
        return await self.editor.submit(f"{self.url}/tra-loi/cong-bo")

    async def write_report(self) -> None:
        """Does the work that was asked for."""
        pool = self.office.pool
        job = await jobs.claim_job(pool, [REPORT_JOB], self.office.lifetimes.official_idle)
        assert job is not None
        await Reporting(pool, Writer(), self.office.origin).make(job)
        await jobs.end_job(pool, job.id)


@pytest.fixture
async def desk(pool: Pool) -> AsyncIterator[Desk]:
    office = Office(pool)
    agency = await office.agency()
    slug = await office.open_consultation(agency, moderation="after")
    said = (
        await office.contribute("mot", slug, "Nên nói rõ hơn về phạm vi", "dieu-1"),
        await office.contribute("hai", slug, HOSTILE, "dieu-1-khoan-1"),
        await office.contribute("ba", slug, "Ý kiến về toàn văn"),
    )
    async with office.official("bien-tap", ("editor", agency)) as editor, office.browser() as reader:
        yield Desk(office, slug, editor, reader, said)


async def test_who_answers_sees_what_is_left_by_dieu_and_one_answer_may_be_for_many(desk: Desk) -> None:
    first, second, _ = desk.said
    page = words((await desk.editor.open(f"{desk.url}/tra-loi")).text)
    assert "Còn 3 ý kiến chưa có trả lời" in page and "Điều 1. Phạm vi điều chỉnh 2 2" in page and "Toàn văn dự thảo 1 1" in page

    # Nothing ticked and nothing chosen is said beside the fields; what was typed is kept.
    response = await desk.answer("dieu-1", [], explanation="Đang viết dở")
    assert response.status_code == 422
    assert "Xin chọn ít nhất một ý kiến" in words(response.text) and "Xin chọn kết quả" in words(response.text)
    assert "Đang viết dở" in response.text

    # What is not wholly accepted is explained.
    response = await desk.answer("dieu-1", [first, second], outcome="not_accepted")
    assert response.status_code == 422 and "Xin ghi nội dung giải trình" in words(response.text)
    assert [value.split(".")[0] for value in boxes_of(response.text, ticked=True)] == [str(second), str(first)]

    # Words that were edited since they were read are not answered unread.
    await desk.office.pool.execute("update contributions set text = 'Nên bỏ hẳn', revision = revision + 1 where id = $1", first)
    response = await desk.send([first, second], outcome="noted")
    assert response.status_code == 422 and "vừa được sửa" in words(response.text) and "Nên bỏ hẳn" in response.text
    assert len(boxes_of(response.text, ticked=True)) == 2

    response = await desk.answer("dieu-1", [first, second], outcome="not_accepted", explanation=HOSTILE)
    assert response.status_code == 200 and "Đã lưu câu trả lời" in words(response.text)
    assert scripted(response.text) == []
    page = words((await desk.editor.open(f"{desk.url}/tra-loi?loc=chua")).text)
    assert "Còn 1 ý kiến chưa có trả lời" in page and "Điều 1." not in page

    # It may be changed, with all that share it, until it is published.
    edit = next(link for link in links((await desk.editor.open(f"{desk.url}/tra-loi?dieu=dieu-1")).text) if f"chon={first}" in link)
    opened = (await desk.editor.open(edit.partition("#")[0])).text
    assert {value.split(".")[0] for value in boxes_of(opened, ticked=True)} == {str(first), str(second)}
    response = await desk.answer("dieu-1", [first, second], outcome="accepted", explanation="Đã sửa")
    assert "Không tiếp thu, giải trình Nên" not in words(response.text)
    assert await desk.office.events_of(desk.slug, "disposed") == 2


async def test_answers_are_published_when_nobody_lacks_one_and_then_everybody_reads_them_and_the_report(desk: Desk) -> None:
    first, second, third = desk.said
    await desk.answer("dieu-1", [first, second], outcome="not_accepted", explanation="Luật đã quy định việc này")
    await desk.close()

    # Not before all are answered, whoever sends the form.
    page = await desk.editor.open(f"{desk.url}/tra-loi/cong-bo")
    assert "1 ý kiến chưa có trả lời" in words(page.text) and f"{desk.url}/tra-loi?loc=chua" in links(page.text)
    token = forms_of((await desk.editor.open(f"{desk.url}/tong-hop")).text)[f"{desk.url}/tong-hop"]["csrf"]
    forced = {"csrf": token, "id": "5f0c1f57-94e3-4c4c-9d6c-0e5b5c1ab0a1"}
    refused = await desk.editor.client.post(f"{desk.url}/tra-loi/cong-bo", data=forced, headers={"origin": desk.office.origin})
    assert refused.status_code == 409 and "Còn 1 ý kiến chưa có" in words(refused.text)

    public = f"/lay-y-kien/{desk.slug}"
    assert "Luật đã quy định" not in (await desk.reader.open(f"{public}/y-kien/dieu-1")).text
    assert "chưa công bố" in words((await desk.reader.open(f"{public}/tong-hop")).text)

    # A report that lacks answers says so.
    await desk.editor.open(f"{desk.url}/tong-hop")
    wrong = await desk.editor.submit(f"{desk.url}/tong-hop", agency="", title="Nghị định mẫu", signer="", number="không")
    assert wrong.status_code == 422 and "Số văn bản là một số" in words(wrong.text)
    fields: dict[str, Any] = {"agency": HOSTILE, "title": "Nghị định mẫu", "signer": "CHỦ TỊCH", "number": "7", "day": "2026-11-05"}
    going = await desk.editor.submit(f"{desk.url}/tong-hop", **fields)
    assert 'http-equiv="refresh"' in going.text and "Đang lập bản tổng hợp" in words(going.text)
    await desk.write_report()
    failed = await desk.editor.open(f"{desk.url}/tong-hop")
    assert "Còn 1 ý kiến chưa có" in words(failed.text) and 'http-equiv="refresh"' not in failed.text

    # One that is cancelled is not written.
    await desk.editor.submit(f"{desk.url}/tong-hop", **fields)
    await desk.editor.submit(f"{desk.url}/tong-hop/huy")
    assert "Đã hủy" in words(desk.editor.page)
    await desk.write_report()
    assert await desk.office.pool.fetchval("select count(*) from report_files") == 0

    await desk.answer("toan-van", [third], outcome="noted")
    await desk.editor.open(f"{desk.url}/tong-hop")
    await desk.editor.submit(f"{desk.url}/tong-hop", **fields)
    await desk.write_report()
    made = await desk.editor.open(f"{desk.url}/tong-hop")
    early = sorted(link for link in links(made.text) if link.startswith(f"{public}/tong-hop/"))
    assert [link.rpartition(".")[2] for link in early] and {link.rpartition(".")[2] for link in early} == {"docx", "pdf"}
    for link in early:  # not public yet
        assert (await desk.reader.client.get(link)).status_code == 404
        assert (await desk.editor.client.get(link)).status_code == 200
    preview = await desk.editor.open(f"{desk.url}/tong-hop/xem-truoc")
    assert "Không tiếp thu, giải trình." in words(preview.text) and scripted(preview.text) == []

    done = await desk.publish()
    assert "Đã công bố trả lời" in words(done.text)
    assert "Bản tổng hợp đang được lập" in words((await desk.reader.open(f"{public}/tong-hop")).text)
    await desk.write_report()  # of the published answers: the same data, the same bytes
    shown = await desk.reader.open(f"{public}/tong-hop")
    assert "Không tiếp thu, giải trình 2" in words(shown.text) and "Ghi nhận 1" in words(shown.text)
    assert sorted(link for link in links(shown.text) if link.startswith(f"{public}/tong-hop/")) == early
    for link in early:
        file = await desk.reader.client.get(link)
        assert hashlib.sha256(file.content).hexdigest() == link.rpartition("/")[2].partition(".")[0]
        assert file.headers["content-disposition"].startswith("attachment") and file.headers["x-content-type-options"] == "nosniff"
        if link.endswith("docx"):
            read = docx.Document(BytesIO(file.content))
            said = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
            assert HOSTILE in said and sum("Không tiếp thu, giải trình." in text for text in said) == 2

    # Words that are hidden afterwards leave the report too, at once; the page says which and why, and another edition is made.
    moderator = await desk.office.person("kiem-duyet", ("moderator", await desk.office.pool.fetchval("select min(id) from agencies")))
    ruling = Rule(second, "hide", "insult", "Xúc phạm người khác")
    await desk.office.consulting.rule(moderator, CommandId(str(uuid4())), ruling)
    assert [(await desk.reader.client.get(link)).status_code for link in early] == [404, 404]
    withheld = words((await desk.reader.open(f"{public}/tong-hop")).text)
    assert "đang được lập lại" in withheld and f"Ý kiến số {second}" in withheld and "Không xúc phạm" in withheld
    await desk.write_report()
    shown = await desk.reader.open(f"{public}/tong-hop")
    assert "Bản này được lập lại" in words(shown.text) and "Không tiếp thu, giải trình 1" in words(shown.text)
    again = sorted(link for link in links(shown.text) if link.startswith(f"{public}/tong-hop/"))
    assert len(again) == 2 and not {*again} & {*early}
    read = docx.Document(BytesIO((await desk.reader.client.get(next(link for link in again if link.endswith("docx")))).content))
    assert HOSTILE not in [cell.text for row in read.tables[3].rows for cell in row.cells[2:3]]
    await desk.office.consulting.rule(moderator, CommandId(str(uuid4())), Rule(second, "restore"))
    await desk.write_report()
    shown = await desk.reader.open(f"{public}/tong-hop")
    assert sorted(link for link in links(shown.text) if link.startswith(f"{public}/tong-hop/")) == early, "what is put back is in it again"

    # Everybody reads the answer beside what it answers, its author among their own.
    assert "Luật đã quy định việc này" in words((await desk.reader.open(f"{public}/y-kien/dieu-1")).text)
    async with desk.office.citizen("mot") as author:
        assert "Luật đã quy định việc này" in words((await author.open("/y-kien-cua-toi")).text)
    told = await desk.office.pool.fetchval("select count(*) from jobs where payload ->> 'what' = 'answered'")
    assert told == 3


async def test_an_answer_given_after_the_others_were_published_is_in_the_public_log(desk: Desk) -> None:
    first, second, third = desk.said
    moderator = await desk.office.person("kiem-duyet", ("moderator", await desk.office.pool.fetchval("select min(id) from agencies")))
    await desk.office.consulting.rule(moderator, CommandId(str(uuid4())), Rule(third, "hide", "insult", "Xúc phạm người khác"))
    await desk.answer("dieu-1", [first, second], outcome="not_accepted", explanation="Luật đã quy định việc này")
    await desk.close()
    await desk.publish()
    assert "chưa lập bản tổng hợp" in words((await desk.reader.open(f"/lay-y-kien/{desk.slug}/tong-hop")).text)
    await desk.office.consulting.rule(moderator, CommandId(str(uuid4())), Rule(third, "restore"))
    log = f"/lay-y-kien/{desk.slug}/nhat-ky"
    told = words((await desk.reader.open(log)).text)
    assert "Trả lời thêm" not in told and "Công bố cùng lúc nội dung tiếp thu, giải trình 2 ý kiến · Bản tổng hợp (mẫu số 10)" in told
    assert f"/lay-y-kien/{desk.slug}/tong-hop" in links(desk.reader.page)
    await desk.answer("toan-van", [third], outcome="noted", explanation="Đã nghiên cứu")
    told = words((await desk.reader.open(log)).text)
    assert f"Trả lời thêm 1 ý kiến sau khi đã công bố · ý kiến số {third}" in told and "Đã nghiên cứu" not in told
    lines = [line for line in (await desk.reader.client.get(f"{log}.jsonl")).text.splitlines() if '"disposed"' in line]
    assert len(lines) == 1 and '"outcome":"noted"' in lines[0], "those before the publication are told as one"
