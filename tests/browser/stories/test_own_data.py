"""What a citizen has erased: who reads at that moment sees the words go, with scripts and without."""

import json
from pathlib import Path

from playwright.async_api import expect

from tests.browser.stories.people import Crowd, citizen
from tests.browser.stories.setting import Setting

WORDS = "Số nhà của tôi là mười hai"
TOMBSTONE = "Nội dung đã được xóa theo yêu cầu của người góp ý lúc"


async def test_erased_words_leave_the_pages_of_those_who_are_reading_them(crowd: Crowd, setting: Setting) -> None:
    one = await setting.publish("Dự thảo có ý kiến sẽ bị xóa")
    id = await setting.say(citizen(1), one, "dieu-2", WORDS)
    author, reader = await crowd.person(citizen(1), phone=True), await crowd.person(phone=True)
    await reader.visit(one.path)
    await reader.live()
    voice = reader.page.locator(f"#dieu-2 #y-kien-{id}")
    await expect(voice).to_contain_text(WORDS)

    page = author.page
    await author.visit("/y-kien-cua-toi")
    await page.locator(f"#y-kien-{id}").get_by_role("link", name="Xóa hẳn nội dung ý kiến này").click()
    await page.get_by_label("Gõ chữ XÓA").fill("xoá")
    await page.get_by_role("button", name="Xóa hẳn nội dung").click()
    await expect(page.locator(".notice--good")).to_contain_text("Đã xóa hẳn nội dung ý kiến.")

    await expect(voice).to_contain_text(TOMBSTONE)
    await expect(voice).to_contain_text(f"Ý kiến số {id}")
    await expect(voice.locator(".voice__words")).to_be_hidden()
    await expect(reader.page.locator("body")).not_to_contain_text(WORDS)
    await expect(reader.page.locator("#dieu-2 [data-part=total]")).to_have_text("1 ý kiến")
    assert await reader.page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_without_scripts_one_erases_words_that_others_have_answered(crowd: Crowd, setting: Setting) -> None:
    one = await setting.publish("Dự thảo có ý kiến sẽ bị xóa, không cần kịch bản")
    id = await setting.say(citizen(1), one, "dieu-2", WORDS)
    await setting.say(citizen(2), one, "", "Tôi cũng nghĩ vậy", parent=id)
    author = await crowd.person(citizen(1), phone=True, scripts=False)
    page = author.page
    await author.visit(f"/y-kien-cua-toi/xoa?y-kien={id}")
    await page.get_by_role("button", name="Xóa hẳn nội dung").click()
    await expect(page.locator(".errors")).to_contain_text("Xin gõ đúng chữ XÓA")
    await page.get_by_label("Gõ chữ XÓA").fill("XÓA")
    await page.get_by_role("button", name="Xóa hẳn nội dung").click()
    await author.visit(f"{one.path}/gop-y/{id}")
    await expect(page.locator("main")).to_contain_text(TOMBSTONE)
    await expect(page.locator("main")).not_to_contain_text(WORDS)
    await expect(page.locator(".answers .voice__words")).to_have_text("Tôi cũng nghĩ vậy")
    await expect(page.get_by_role("button", name="Ủng hộ ý kiến")).to_have_count(1)  # the answer, which is somebody else's


async def test_one_takes_ones_data_away_and_has_the_account_erased(crowd: Crowd, setting: Setting, tmp_path: Path) -> None:
    one = await setting.publish("Dự thảo mà người góp ý xóa tài khoản")
    for number, scripts in enumerate((True, False)):
        email = f"xoa-tai-khoan-{number}@demo.example"
        id = await setting.say(email, one, "dieu-2", f"{WORDS}, {number}")
        person = await crowd.person(email, phone=True, scripts=scripts)
        page = person.page
        await person.visit("/")
        await page.locator("header summary").last.click()
        await page.get_by_role("link", name="Dữ liệu của tôi").click()
        await expect(page.locator("main")).to_contain_text(email)
        async with page.expect_download() as coming:
            await page.get_by_role("link", name="Tải dữ liệu của tôi").click()
        await (await coming.value).save_as(tmp_path / "mine.json")
        taken = json.loads((tmp_path / "mine.json").read_text("utf-8"))
        assert [line["text"] for line in taken["contributions"]] == [f"{WORDS}, {number}"]

        await page.get_by_role("link", name="Xóa tài khoản và dữ liệu").click()
        since = len(person.product.lines)
        await page.get_by_role("button", name="Gửi mã xác nhận").click()
        await page.get_by_label("Mã xác nhận gồm 8 chữ số").fill(await person.code(since))
        await page.get_by_label("Gõ chữ XÓA").fill("xóa")
        await page.get_by_role("button", name="Xóa tài khoản và dữ liệu").click()
        await expect(page.locator(".notice--good")).to_contain_text("Đã xóa tài khoản và dữ liệu của ông/bà.")
        await expect(page.get_by_role("link", name="Đăng nhập").first).to_be_visible()
        await person.visit(f"{one.path}/gop-y/{id}")
        await expect(page.locator("main")).to_contain_text(TOMBSTONE)
        await expect(page.locator("main")).not_to_contain_text(WORDS)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
