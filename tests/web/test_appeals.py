"""Rulings on many, the author's one appeal and who decides it, and the log that everybody may read."""

import json

import pytest

from server.kernel.ids import ContributionId
from server.store.connection import Pool
from tests.web.office import Office, rule, ruling_form, words

PATH, DESK = "/y-kien-cua-toi/khieu-nai", "/kiem-duyet/khieu-nai"


@pytest.fixture
def office(pool: Pool) -> Office:
    return Office(pool)


async def test_another_account_decides_the_appeal_and_the_log_says_so_without_names_or_words(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency, moderation="after")
    made = await office.contribute("Lan", slug, "Lời bị ẩn.", "dieu-1")
    async with office.official("mot", ("moderator", agency)) as one, office.official("hai", ("moderator", agency)) as other:
        await one.open("/kiem-duyet?muc=cong-khai")
        await rule(one, made, "hide", rule="off_topic", reason="Lý do riêng.")
        async with office.citizen("Lan") as author:
            await author.open("/y-kien-cua-toi")
            assert f"{PATH}?y-kien={made}" in author.page
            await author.open(f"{PATH}?y-kien={made}")
            assert (await author.submit(PATH, reason=" ")).status_code == 422
            await author.submit(PATH, reason="Lời của tôi đúng chủ đề.")
            assert "Đã nhận khiếu nại" in words(author.page)
        await one.open(DESK)
        assert "một tài khoản khác giải quyết" in words(one.page)
        await other.open(DESK)
        assert (await other.submit(DESK, reason="Đúng chủ đề.")).status_code == 422
        form = {"granted": "1", "reason": "Đúng chủ đề."}
        refused = await one.client.post(DESK, data=_form(one.page, other.page, made) | form, headers={"origin": office.origin})
        assert refused.status_code == 422 and "một tài khoản khác giải quyết, không phải" in words(refused.text)
        assert await office.state_of(made) == "hidden"
        await other.submit(DESK, granted="1", reason="Đúng chủ đề.")
        assert "Không có khiếu nại nào" in words(other.page)
    assert await office.state_of(made) == "visible"
    async with office.browser() as visitor:
        log = words((await visitor.open(f"/lay-y-kien/{slug}/nhat-ky")).text)
        assert "Kiểm duyệt: ẩn ý kiến" in log and "Chỉ góp ý về nội dung" in log and "Chấp nhận khiếu nại" in log
        assert f'href="/lay-y-kien/{slug}/v1#dieu-1"' in visitor.page
        lines = (await visitor.client.get(f"/lay-y-kien/{slug}/nhat-ky.jsonl")).text
        assert [json.loads(line)["what"] for line in lines.splitlines()][:3] == ["appeal_decided", "appealed", "ruled"]
        for secret in ("Lan", "Lời bị ẩn", "Lý do riêng", "đúng chủ đề"):
            assert secret not in log and secret not in lines


def _form(own: str, others: str, made: ContributionId) -> dict[str, str]:
    """The hidden fields of a decision, which a page of the ruler does not offer, with the ruler's own token."""
    token = own.partition('name="csrf" value="')[2].partition('"')[0]
    command = others.partition('name="id" value="')[2].partition('"')[0]
    return {"csrf": token, "id": command, "contribution": str(made)}


async def test_many_are_hidden_by_one_rule_and_reason_but_what_changed_meanwhile_is_left(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    made = [await office.contribute("Lan", slug, f"Ý kiến {number}.") for number in range(3)]
    async with office.official("mot", ("moderator", agency)) as one, office.official("hai", ("moderator", agency)) as other:
        await one.open("/kiem-duyet?muc=cho&chon=het")
        chosen = [part.partition('"')[0] for part in one.page.split('form="nhieu" value="')[1:]]
        assert len(chosen) == 3 and one.page.count(" checked><span>Chọn") == 3
        await other.open("/kiem-duyet")
        await rule(other, made[0], "hide", rule="insult", reason="Lý do của người thứ hai.")
        await other.open("/kiem-duyet?muc=an")
        await rule(other, made[0], "restore")
        hidden = ruling_form(one.page, made[1], "publish")
        form: dict[str, str | list[str]] = {**hidden, "ruling": "hide", "chosen": chosen, "rule": "off_topic"}
        headers = {"origin": office.origin}
        refused = await one.client.post("/kiem-duyet/nhieu", data=form, headers=headers)
        assert refused.status_code == 422 and refused.text.count(" checked><span>Chọn") == 2
        answers = [await one.client.post("/kiem-duyet/nhieu", data=form | {"reason": "Lạc đề."}, headers=headers) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
        nobody = await one.client.post("/kiem-duyet/nhieu", data=form | {"chosen": []}, headers=headers)
        assert nobody.status_code == 422 and "Xin chọn ít nhất một ý kiến." in words(nobody.text)
    assert [await office.state_of(one) for one in made] == ["visible", "hidden", "hidden"]
    assert await office.events_of(slug, "ruled") == 4


async def test_words_edited_after_they_were_read_are_not_published_unread(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    made = await office.contribute("Lan", slug, "Lời đầu.")
    async with office.official("mot", ("moderator", agency)) as browser:
        await browser.open("/kiem-duyet")
        await office.pool.execute("update contributions set revision = 1, text = 'Lời khác.' where id = $1", made)
        answer = await rule(browser, made, "publish")
        assert answer.status_code == 409 and "vừa được sửa" in words(answer.text)
    assert await office.state_of(made) == "waiting"
