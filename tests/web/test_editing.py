"""An editor's way from a title to a published consultation, and its early close."""

import asyncio

import pytest

from server.store.connection import Pool
from tests.web.office import DECREE, HOSTILE, Office, create, day, publish, scripted, summarise, upload, words
from tests.web.site import forms_of


@pytest.fixture
def office(pool: Pool) -> Office:
    return Office(pool)


async def test_an_editor_goes_from_a_title_to_a_published_consultation(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser, "Dự thảo Nghị định về tài sản mã hóa")
        assert slug == "du-thao-nghi-dinh-ve-tai-san-ma-hoa"
        assert "Nội dung lấy ý kiến Chưa có Còn thiếu" in words((await browser.open(f"/bien-tap/{slug}")).text)
        await upload(browser, slug, "du-thao.md", DECREE.encode())
        assert "Đã đọc tệp." in words(browser.page)
        assert "2 điều được đưa ra biểu quyết Đã xong" in words((await browser.open(f"/bien-tap/{slug}")).text)
        await publish(browser, slug)
        assert "Đã công bố." in words(browser.page)
    assert await office.phase_of(slug) == "open"
    async with office.browser() as visitor:
        assert "Dự thảo Nghị định về tài sản mã hóa" in words((await visitor.open("/")).text)
        assert "Điều 1. Phạm vi điều chỉnh" in words((await visitor.open(f"/lay-y-kien/{slug}")).text)


async def test_the_list_says_of_each_consultation_what_comes_next(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency, moderation="before", title="Đang mở")
    await office.contribute("Lan", slug, "Chờ duyệt.")
    async with office.official("bien-tap", ("editor", agency), ("moderator", agency)) as browser:
        await create(browser, "Mới tạo")
        text = words((await browser.open("/bien-tap")).text)
        assert "Mới tạo Đưa nội dung lấy ý kiến vào" in text
        assert "Đang mở Kiểm duyệt ý kiến đang chờ" in text
        assert "Chờ kiểm duyệt 1 ý kiến" in text


async def test_a_form_sent_twice_begins_one_consultation(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        await browser.open("/bien-tap")
        form = forms_of(browser.page)["/bien-tap"] | {"title": "Một lần"}
        answers = [await browser.client.post("/bien-tap", data=form, headers={"origin": office.origin}) for _ in range(2)]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert await office.pool.fetchval("select count(*) from consultations") == 1


async def test_two_consultations_with_one_title_have_two_addresses(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        assert [await create(browser, "Dự thảo Luật"), await create(browser, "Dự thảo Luật")] == ["du-thao-luat", "du-thao-luat-2"]


@pytest.mark.parametrize(
    ("title", "slug"), [("!!! ---", "lay-y-kien"), ("Điều lệ " * 30, "dieu-le-dieu-le-dieu-le-dieu-le-dieu-le-dieu-le-dieu-le-dieu")]
)
async def test_a_title_becomes_a_short_plain_address(office: Office, title: str, slug: str) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        assert await create(browser, title) == slug


@pytest.mark.parametrize(("title", "said"), [("  \u200b ", "Xin ghi tên đợt lấy ý kiến."), ("d" * 301, "tối đa là 300")])
async def test_a_title_must_say_something_and_not_too_much(office: Office, title: str, said: str) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        await browser.open("/bien-tap")
        response = await browser.submit("/bien-tap", title=title)
    assert response.status_code == 422
    assert said in words(response.text)


@pytest.mark.parametrize(("chosen", "status"), [("hai", 303), ("ba", 404), ("khong-co", 404), ("x", 400)])
async def test_an_editor_of_two_agencies_chooses_between_those(office: Office, chosen: str, status: int) -> None:
    first, second, third = await office.agency("mot", "Một"), await office.agency("hai", "Hai"), await office.agency("ba", "Ba")
    agency = {"hai": str(second), "ba": str(third), "khong-co": "987654", "x": "x"}[chosen]
    async with office.official("bien-tap", ("editor", first), ("editor", second)) as browser:
        await browser.open("/bien-tap")
        assert "Ba" not in words(browser.page).split()
        assert (await browser.submit("/bien-tap", follow=False, title="Của ai", agency=agency)).status_code == status
    begun = await office.pool.fetch("select agency from consultations")
    assert [row["agency"] for row in begun] == ([second] if status == 303 else [])


async def test_another_agencys_consultation_looks_like_none_at_every_address(office: Office) -> None:
    agency, elsewhere = await office.agency(), await office.agency("khac", "Cơ quan khác")
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
    doors = [door for door in office.edge.doors if door.path.startswith("/bien-tap/{slug}")]
    assert len(doors) > 13
    async with office.official("nguoi-la", ("editor", elsewhere)) as stranger:
        await stranger.open("/bien-tap")
        token = forms_of(stranger.page)["/bien-tap"]
        for door in doors:
            answers = []
            for name in (slug, "khong-co"):
                path = door.path.replace("{slug}", name)
                if door.takes == "nothing":
                    answers.append(await stranger.client.get(path))
                else:
                    answers.append(await stranger.client.post(path, data=token, headers={"origin": office.origin}))
            assert [answer.status_code for answer in answers] == [404, 404], door.path
        assert "Dự thảo Nghị định thử nghiệm" not in (await stranger.open("/bien-tap")).text


async def test_a_draft_is_previewed_by_its_editors_and_hidden_from_everybody_else(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
        assert "Điều 2. Đối tượng áp dụng" in words((await browser.open(f"/lay-y-kien/{slug}/v1")).text)
    async with office.citizen("Lan") as citizen:
        assert (await citizen.open(f"/lay-y-kien/{slug}/v1")).status_code == 404


async def test_title_and_summary_are_kept_in_two_languages(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await browser.open(f"/bien-tap/{slug}/mo-ta")
        action = f"/bien-tap/{slug}/mo-ta"
        await browser.submit(action, title="Tên mới", title_en="New name", summary="Tóm tắt.", summary_en="Summary.")
        assert "Đã lưu tên gọi và tóm tắt." in words(browser.page)
        assert "Tên gọi và tóm tắt Đã xong" in words(browser.page)
        assert "New name" in words((await browser.open(f"/bien-tap/{slug}?lang=en")).text)


async def test_two_summaries_of_the_greatest_length_are_kept(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await browser.open(f"/bien-tap/{slug}/mo-ta")
        response = await browser.submit(
            f"/bien-tap/{slug}/mo-ta", title="ế" * 300, title_en="", summary="ế" * 5_000, summary_en="ế" * 5_000
        )
    assert response.status_code == 200
    assert await office.pool.fetchval("select length(summary_en) from consultations") == 5_000


async def test_a_description_that_is_refused_is_not_lost(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser, "Tên cũ")
        await browser.open(f"/bien-tap/{slug}/mo-ta")
        response = await browser.submit(f"/bien-tap/{slug}/mo-ta", title="", title_en="", summary="Đã viết nhiều.", summary_en="d" * 5_001)
        assert response.status_code == 422
        assert "Đã viết nhiều." in browser.page and "Xin ghi tên đợt lấy ý kiến." in words(browser.page)
        assert "Tên cũ" in words((await browser.open(f"/bien-tap/{slug}")).text)


async def test_what_is_published_can_no_longer_be_edited(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
        await browser.open(f"/bien-tap/{slug}/noi-dung")
        before = forms_of(browser.page)
        await publish(browser, slug)
        for path in ("mo-ta", "noi-dung/sua", "cong-bo", "xac-nhan"):
            assert (await browser.client.get(f"/bien-tap/{slug}/{path}")).status_code == 409, path
        for action, fields in before.items():
            if action.startswith(f"/bien-tap/{slug}"):
                answer = await browser.client.post(action, data=fields, headers={"origin": office.origin})
                assert answer.status_code == 409, action
        await browser.open(f"/bien-tap/{slug}/noi-dung")
        assert "Điều 1. Phạm vi điều chỉnh" in words(browser.page)
        assert not any(action.startswith("/bien-tap") for action in forms_of(browser.page))


async def test_a_publication_sent_many_times_at_once_happens_once(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
        await summarise(browser, slug)
        asked = {"document": "other", "opening": "now", "closes_day": await day(office.pool, 30)}
        await browser.open(f"/bien-tap/{slug}/xac-nhan?" + "&".join(f"{name}={value}" for name, value in asked.items()))
        action = f"/bien-tap/{slug}/cong-bo"
        form = forms_of(browser.page)[action]
        sent = [browser.client.post(action, data=form, headers={"origin": office.origin}) for _ in range(5)]
        answers = await asyncio.gather(*sent)
    assert {answer.status_code for answer in answers} == {303}
    assert await office.events_of(slug, "published") == 1


async def test_the_confirmation_says_what_will_be_fixed_and_publishes_nothing(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
        await summarise(browser, slug)
        asked = (
            f"document=other&target=500&opening=now&closes_day={await day(office.pool, 5)}&closes_time=17:00&moderation=before&tallies=live"
        )
        text = words((await browser.open(f"/bien-tap/{slug}/xac-nhan?{asked}")).text)
    assert "Sau khi công bố, không thay đổi được" in text
    assert "Bắt đầu Ngay khi công bố Kết thúc 17 giờ 00, ngày" in text
    assert "Kiểm duyệt Trước khi đăng Công bố kết quả biểu quyết Trực tiếp" in text
    assert "Loại văn bản Không phải văn bản quy phạm pháp luật" in text and "Chỉ tiêu tham gia 500 người" in text
    assert await office.phase_of(slug) == "draft"


async def test_a_consultation_may_be_announced_for_a_later_day_of_vietnam(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
        opens = await day(office.pool, 3)
        await publish(browser, slug, opening="later", opens_day=opens, opens_time="08:30")
    assert await office.phase_of(slug) == "announced"
    clock = "select to_char(opens_at at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD HH24:MI') from consultations where slug = $1"
    assert await office.pool.fetchval(clock, slug) == f"{opens} 08:30"


async def test_a_wrong_schedule_is_shown_again_with_what_was_chosen(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
        response = await publish(browser, slug, closes_day="2020-01-01", moderation="before", tallies="live")
    assert response.status_code == 422
    assert "Thời điểm kết thúc phải ở sau thời điểm bắt đầu." in words(response.text)
    assert 'value="before" checked' in response.text and 'value="live" checked' in response.text


async def test_nothing_without_content_is_published(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        response = await publish(browser, slug)
        assert response.status_code == 422
        assert "Chưa có nội dung để lấy ý kiến." in words(response.text)
    assert await office.phase_of(slug) == "draft"


async def test_totals_hidden_until_the_close_are_hidden_from_editors_too(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    async with office.official("bien-tap", ("editor", agency)) as browser:
        text = words((await browser.open(f"/bien-tap/{slug}")).text)
    assert "Kết quả biểu quyết Chưa công bố" in text
    assert "Đã biểu quyết" not in text


async def test_a_consultation_is_closed_early_for_a_reason_once(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    action = f"/bien-tap/{slug}/ket-thuc"
    async with office.official("bien-tap", ("editor", agency)) as browser:
        await browser.open(action)
        response = await browser.submit(action, reason="   ")
        assert response.status_code == 422 and "Xin ghi lý do." in words(response.text)
        form = forms_of(browser.page)[action] | {"reason": "Dự thảo được rút lại."}
        answers = [await browser.client.post(action, data=form, headers={"origin": office.origin}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
        assert (await browser.open(action)).status_code == 409
    assert await office.phase_of(slug) == "closed"
    assert await office.events_of(slug, "closed") == 1
    async with office.browser() as visitor:
        told = words((await visitor.open(f"/lay-y-kien/{slug}")).text)
    assert "Đợt lấy ý kiến kết thúc trước thời hạn đã công bố. Dự thảo được rút lại." in told


async def test_titles_and_reasons_are_shown_as_text(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser, f"Dự thảo {HOSTILE}")
        pages = ["/bien-tap", *(f"/bien-tap/{slug}{page}" for page in ("", "/mo-ta", "/noi-dung", "/cong-bo"))]
        for page in pages:
            await browser.open(page)
            assert scripted(browser.page) == [], page
            assert f"Dự thảo {HOSTILE}" in browser.page.replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"').replace(
                "&#39;", "'"
            )
        await browser.open(f"/bien-tap/{slug}/xac-nhan?opening=%22%3E%3Cimg%3E&closes_day=%22%3E%3Cimg%3E&moderation=%3Cimg%3E")
        assert scripted(browser.page) == []


async def test_citizens_and_moderators_do_not_edit(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    async with office.official("kiem-duyet", ("moderator", agency)) as moderator, office.citizen("Lan") as citizen:
        for browser in (moderator, citizen):
            for path in ("/bien-tap", f"/bien-tap/{slug}", f"/bien-tap/{slug}/ket-thuc"):
                assert (await browser.open(path)).status_code == 403, path


async def test_every_page_of_an_editor_is_whole_in_english(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
        await browser.open("/?lang=en")
        for page in ("", f"/{slug}", f"/{slug}/mo-ta", f"/{slug}/noi-dung", f"/{slug}/noi-dung/sua", f"/{slug}/cong-bo"):
            response = await browser.open(f"/bien-tap{page}")
            assert response.status_code == 200
            assert 'lang="en"' in response.text
