"""The moderator's queue, walked with forms alone."""

import asyncpg
import pytest

from consultations import commands as c
from server.kernel.ids import CommandId, ContributionId
from server.store import drafts
from server.store.connection import Pool
from server.web.desk import fresh_command
from server.web.moderation import PAGE
from tests.web.office import HOSTILE, Office, links, rule, ruling_form, scripted, words
from tests.web.site import forms_of


@pytest.fixture
def office(pool: Pool) -> Office:
    return Office(pool)


async def test_what_waits_is_published_with_one_form(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    made = await office.contribute("Lan", slug, "Nên nói rõ hơn.", "dieu-1-khoan-2")
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        await browser.open("/kiem-duyet")
        assert "Chờ kiểm duyệt 1" in words(browser.page)
        assert f"/lay-y-kien/{slug}/v1#dieu-1-khoan-2" in links(browser.page)
        assert "Nên nói rõ hơn." not in (await browser.client.get(f"/lay-y-kien/{slug}/v1")).text
        await rule(browser, made, "publish")
        assert "Ý kiến của Lan đang được công khai." in words(browser.page)
        assert "Không có ý kiến nào đang chờ." in words(browser.page)
        assert "Nên nói rõ hơn." in (await browser.client.get(f"/lay-y-kien/{slug}/v1")).text


async def test_the_author_of_a_hidden_contribution_reads_the_rule_and_the_reason(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency, moderation="after")
    made = await office.contribute("Lan", slug, "Gọi ngay để mua đất.")
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        await browser.open("/kiem-duyet?muc=cong-khai")
        await rule(browser, made, "hide", rule="advertising", reason="Lời mời mua đất.")
        assert "Đã ẩn ý kiến của Lan." in words(browser.page)
        assert "Gọi ngay" not in (await browser.client.get(f"/lay-y-kien/{slug}/v1")).text
        await browser.open("/kiem-duyet?muc=an")
        assert "Gọi ngay để mua đất." in words(browser.page)
        assert "Không quảng cáo, mời chào mua bán. Lời mời mua đất." in words(browser.page)
    async with office.citizen("Lan") as browser:
        await browser.open("/y-kien-cua-toi")
        assert "Không quảng cáo, mời chào mua bán." in words(browser.page)
        assert "Lời mời mua đất." in words(browser.page)


async def test_a_ruling_is_taken_back_right_after_it_was_made(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency, moderation="after")
    made = await office.contribute("Lan", slug, "Tôi đồng ý.")
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        await browser.open("/kiem-duyet?muc=cong-khai")
        await rule(browser, made, "hide", rule="off_topic", reason="Nhầm.")
        await rule(browser, made, "restore")
    assert await office.state_of(made) == "visible"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": "Vì sao đó."}, "Xin chọn quy tắc bị vi phạm."),
        ({"rule": "insult", "reason": "  \n"}, "Xin ghi lý do"),
        ({"rule": "khong-co", "reason": "Vì sao đó."}, "Xin chọn quy tắc bị vi phạm."),
        ({"rule": "insult", "reason": "d" * 1_001}, "tối đa là"),
    ],
)
async def test_hiding_needs_a_rule_and_a_reason_and_keeps_what_was_typed(office: Office, fields: dict[str, str], said: str) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency, moderation="after")
    made = await office.contribute("Lan", slug, "Tôi đồng ý.")
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        await browser.open("/kiem-duyet?muc=cong-khai")
        response = await rule(browser, made, "hide", **fields)
        assert response.status_code == 422
        assert said in words(browser.page)
        assert fields["reason"].strip() in browser.page
    assert await office.state_of(made) == "visible"


async def test_a_ruling_sent_twice_is_one_ruling(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    made = await office.contribute("Lan", slug, "Tôi đồng ý.")
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        await browser.open("/kiem-duyet")
        form = ruling_form(browser.page, made, "publish")
        answers = [await browser.client.post("/kiem-duyet", data=form, headers={"origin": office.origin}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert await office.events_of(slug, "ruled") == 1


async def test_a_ruling_that_came_too_late_says_how_it_stands(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    made = await office.contribute("Lan", slug, "Tôi đồng ý.")
    async with office.official("mot", ("moderator", agency)) as one, office.official("hai", ("moderator", agency)) as two:
        await one.open("/kiem-duyet")
        await two.open("/kiem-duyet")
        await rule(one, made, "publish")
        response = await rule(two, made, "publish")
    assert response.status_code == 409
    assert "Ý kiến này đang được công khai." in words(two.page)


async def test_nobody_rules_on_their_own_words(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    other = await office.contribute("Lan", slug, "Của người khác.")
    own = await office.contribute("kiem-duyet", slug, "Của chính tôi.")
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        await browser.open("/kiem-duyet")
        assert "nên người kiểm duyệt khác xem xét" in words(browser.page)
        form = ruling_form(browser.page, other, "publish") | {"contribution": str(own)}
        answer = await browser.client.post("/kiem-duyet", data=form, headers={"origin": office.origin})
    assert answer.status_code == 403
    assert await office.state_of(own) == "waiting"


async def test_the_moderator_of_another_agency_learns_nothing_and_changes_nothing(office: Office) -> None:
    agency, elsewhere = await office.agency(), await office.agency("khac", "Cơ quan khác")
    slug = await office.open_consultation(agency)
    made = await office.contribute("Lan", slug, "Tôi đồng ý.")
    theirs = await office.open_consultation(elsewhere, title="Của cơ quan khác")
    known = await office.contribute("Lan", theirs, "Ở nơi khác.")
    async with office.official("nguoi-la", ("moderator", elsewhere)) as browser:
        await browser.open("/kiem-duyet")
        assert "Tôi đồng ý." not in browser.page
        assert "Dự thảo mẫu" not in browser.page
        assert (await browser.open(f"/kiem-duyet?dot={slug}")).status_code == 404
        assert "Lan" not in words((await browser.open(f"/kiem-duyet?muc=an&vua={made}")).text)
        await browser.open("/kiem-duyet")
        form = ruling_form(browser.page, known, "publish")
        for number in (made, ContributionId(987_654)):
            sent = form | {"contribution": str(number)}
            assert (await browser.client.post("/kiem-duyet", data=sent, headers={"origin": office.origin})).status_code == 404
    assert await office.state_of(made) == "waiting"


async def test_visitors_are_sent_to_sign_in_and_citizens_are_turned_away(office: Office) -> None:
    async with office.browser() as visitor:
        response = await visitor.client.get("/kiem-duyet")
        assert response.headers["location"].startswith("/dang-nhap")
    async with office.citizen("Lan") as citizen:
        assert (await citizen.open("/kiem-duyet")).status_code == 403


async def test_a_withdrawn_contribution_is_in_no_list(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    made = await office.contribute("Lan", slug, "Tôi rút lại.")
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        await browser.open("/kiem-duyet")
        async with office.citizen("Lan") as author:
            await author.open(f"/y-kien-cua-toi/rut?y-kien={made}")
            await author.submit("/y-kien-cua-toi/rut", contribution=str(made))
        assert await office.state_of(made) == "withdrawn"
        assert (await rule(browser, made, "publish")).status_code == 404
        for name in ("cho", "cong-khai", "an"):
            assert "Tôi rút lại." not in (await browser.open(f"/kiem-duyet?muc={name}")).text


async def test_the_queue_is_read_a_page_at_a_time_newest_first(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    made = [await office.contribute("Lan", slug, f"Ý kiến số {number}.") for number in range(PAGE + 2)]
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        await browser.open("/kiem-duyet")
        text = words(browser.page)
        assert text.index(f"Ý kiến số {PAGE + 1}.") < text.index(f"Ý kiến số {PAGE}.")
        [older] = [link for link in links(browser.page) if "truoc=" in link]
        assert "Ý kiến số 1." not in text
        await browser.open(older)
        assert "Ý kiến số 1. " in words(browser.page) and "Ý kiến số 0. " in words(browser.page)
        await rule(browser, made[0], "publish")
        assert f"truoc={made[2]}" in str(browser.page)  # one is still where one was


async def test_one_consultation_is_chosen_and_counted_alone(office: Office) -> None:
    agency = await office.agency()
    first, second = await office.open_consultation(agency), await office.open_consultation(agency, title="Dự thảo khác")
    await office.contribute("Lan", first, "Về việc thứ nhất.")
    await office.contribute("Lan", second, "Về việc thứ hai.")
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        assert "Chờ kiểm duyệt 2" in words((await browser.open("/kiem-duyet")).text)
        text = words((await browser.open(f"/kiem-duyet?dot={second}")).text)
        assert "Chờ kiểm duyệt 1" in text
        assert "Về việc thứ hai." in text and "Về việc thứ nhất." not in text


async def test_without_a_wish_one_sees_what_needs_looking_at(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency, moderation="after")
    await office.contribute("Lan", slug, "Hiện ngay.")
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        assert "Hiện ngay." in words((await browser.open("/kiem-duyet")).text)


async def test_what_people_write_is_shown_as_text(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency, moderation="after", title=f"Dự thảo {HOSTILE}")
    made = await office.contribute(f"Lan{HOSTILE}", slug, f"Nên sửa {HOSTILE}")
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        await browser.open("/kiem-duyet?muc=cong-khai")
        assert scripted(browser.page) == []
        await rule(browser, made, "hide", rule="insult", reason=f"Vì {HOSTILE}")
        assert scripted(browser.page) == []
        await browser.open("/kiem-duyet?muc=an")
        assert scripted(browser.page) == []
        assert f"Vì {HOSTILE}" in words(browser.page) and f"Nên sửa {HOSTILE}" in words(browser.page)


async def test_the_oldest_come_first_for_who_wants_to_leave_nobody_waiting(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    made = [await office.contribute("Lan", slug, f"Ý kiến số {number}.") for number in range(PAGE + 1)]
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        await browser.open("/kiem-duyet")
        [oldest] = [link for link in links(browser.page) if "xep=cu" in link]
        text = words((await browser.open(oldest)).text)
        assert text.index("Ý kiến số 0.") < text.index("Ý kiến số 1.") and f"Ý kiến số {PAGE}." not in text
        await rule(browser, made[0], "publish")
        text = words(browser.page)
        assert text.index("Ý kiến số 1.") < text.index("Ý kiến số 2.") and f"Ý kiến số {PAGE}." in text


async def test_a_suggestion_is_judged_with_the_words_it_would_put_in_and_those_it_quotes(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    author, consultation = await office.person("Lan"), await office.consultation(slug)
    async with office.pool.acquire() as connection:
        nodes = {one.anchor: one.id for one in await drafts.read_nodes(connection, consultation, 1)}
    for asked in (
        c.Contribute(nodes["dieu-1-khoan-2"], "", "Lan", suggestion="Không áp dụng với việc riêng.", base="0" * 64),
        c.Contribute(nodes["dieu-1-khoan-2"], "Trái luật", "Lan", quote="việc khác"),
    ):
        await office.consulting.speak(author, CommandId(fresh_command()), consultation, asked)
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        text = words((await browser.open("/kiem-duyet")).text)
        assert "Không áp dụng với việc riêng." in text and "việc khác Trái luật" in text


async def test_a_ruling_on_many_is_undone_at_once_in_the_log_too_and_loses_nobody_elses(office: Office) -> None:
    agency = await office.agency()
    slug, other = await office.open_consultation(agency, moderation="after"), await office.open_consultation(agency, title="Dự thảo khác")
    seen = [await office.contribute("Lan", slug, f"Ý kiến số {number}.") for number in range(3)]
    waiting = await office.contribute("Lan", other, "Đang chờ.")
    undo = "/kiem-duyet/hoan-tac"
    async with office.official("mot", ("moderator", agency)) as one, office.official("hai", ("moderator", agency)) as two:
        await one.open("/kiem-duyet?muc=cong-khai")
        chosen = [part.partition('"')[0] for part in one.page.split('name="chosen" form="nhieu" value="')[1:]]
        await one.submit("/kiem-duyet/nhieu", chosen=[*chosen, f"{waiting}."], ruling="hide", rule="advertising", reason="Nhầm.")  # type: ignore[arg-type]
        assert "Đã xử lý 4 ý kiến. Hoàn tác được đến" in words(one.page)
        await two.open("/kiem-duyet?muc=an")
        await rule(two, seen[2], "restore")
        assert undo not in two.page
        form = forms_of(one.page)[undo]
        stranger = await two.client.post(
            undo, data=forms_of(two.page)["/kiem-duyet/nhieu"] | {"nhieu": form["nhieu"]}, headers={"origin": office.origin}
        )
        assert stranger.status_code == 409
        for _ in range(2):  # sent twice, it is done once
            answer = await one.client.post(undo, data=form, headers={"origin": office.origin})
            assert answer.status_code == 303
        assert [await office.state_of(id) for id in (*seen, waiting)] == ["visible", "visible", "visible", "waiting"]
        assert await office.events_of(slug, "ruled") == 6 and await office.events_of(other, "ruled") == 2
        log = words((await one.open(f"/lay-y-kien/{slug}/nhat-ky")).text)
        assert log.count("Kiểm duyệt: hoàn tác, ý kiến lại được công khai") == 2
        again = form | {"id": fresh_command()}
        assert (await one.client.post(undo, data=again, headers={"origin": office.origin})).status_code == 409


async def test_after_a_quarter_of_an_hour_a_ruling_on_many_stands(office: Office, owner: asyncpg.Connection) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency, moderation="after")
    made = await office.contribute("Lan", slug, "Ý kiến.")
    async with office.official("mot", ("moderator", agency)) as browser:
        await browser.open("/kiem-duyet?muc=cong-khai")
        chosen = browser.page.partition('name="chosen" form="nhieu" value="')[2].partition('"')[0]
        await browser.submit("/kiem-duyet/nhieu", chosen=chosen, ruling="hide", rule="advertising", reason="Đúng.")
        form = forms_of(browser.page)["/kiem-duyet/hoan-tac"]
        await owner.execute("update events set body = jsonb_set(body, '{at}', to_jsonb(now() - interval '1 hour')) where type = 'ruled'")
        answer = await browser.client.post("/kiem-duyet/hoan-tac", data=form, headers={"origin": office.origin})
        assert answer.status_code == 422 and "Đã quá 15 phút" in words(answer.text)
    assert await office.state_of(made) == "hidden"


@pytest.mark.parametrize("asked", ["muc=khong-co", "truoc=-1", "truoc=99999999999999999999", "vua=abc", "vua=1", "dot=&muc="])
async def test_a_strange_address_shows_a_plain_queue(office: Office, asked: str) -> None:
    agency = await office.agency()
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        assert (await browser.open(f"/kiem-duyet?{asked}")).status_code == 200


@pytest.mark.parametrize("changed", [{"ruling": "delete"}, {"contribution": "1; drop"}, {"contribution": ""}, {"id": "khong-phai-uuid"}])
async def test_a_tampered_ruling_is_refused(office: Office, changed: dict[str, str]) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    made = await office.contribute("Lan", slug, "Tôi đồng ý.")
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        await browser.open("/kiem-duyet")
        form = ruling_form(browser.page, made, "publish") | changed
        assert (await browser.client.post("/kiem-duyet", data=form, headers={"origin": office.origin})).status_code == 400
    assert await office.state_of(made) == "waiting"


async def test_the_page_says_where_it_goes_on_live(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    number = await office.consultation(slug)
    async with office.official("kiem-duyet", ("moderator", agency)) as browser:
        await browser.open("/kiem-duyet")
    seq = await office.pool.fetchval("select seq from topics where id = $1", f"consultation/{number}")
    assert f'data-topic="consultation/{number}" data-seq="{seq}" data-role="moderator"' in browser.page
