"""Moderation that one can live with: many at once and undone, a reason its author reads, another look by another account, a public log."""

from playwright.async_api import expect

from tests.browser.stories.people import MODERATOR, Crowd, citizen
from tests.browser.stories.setting import Setting

OTHER_MODERATOR = "kiem-duyet-2@demo.example"


async def test_many_are_ruled_on_at_once_and_it_is_undone(crowd: Crowd, setting: Setting) -> None:
    one = await setting.publish("Dự thảo kiểm duyệt hàng loạt", moderation="before")
    words = ["Đề nghị mở cửa buổi tối", "De nghi mo cua buoi toi", "Đề nghị mở cửa buổi tối cho thanh niên", "Việc hoàn toàn khác"]
    for number, text in enumerate(words):
        await setting.say(f"cu-tri-{number}@demo.example", one, "dieu-2", text)
    moderator = await crowd.person(MODERATOR)
    page = moderator.page

    # The three that say one thing stand together, with what each adds.
    await moderator.visit(f"/kiem-duyet?muc=cho&dot={one.slug}")
    await expect(page.locator(".judge[data-contribution]")).to_have_count(4)
    await page.get_by_role("link", name="Xem các ý kiến gần giống nhau").click()
    group = page.locator("section.judge")
    await expect(group.locator(".judge__words")).to_have_count(3)
    await expect(group.locator("ins")).to_contain_text(["cho thanh niên"])
    await group.get_by_role("link", name="Chọn cả nhóm").click()
    await expect(group.locator("input:checked")).to_have_count(3)
    await page.go_back()
    await page.go_back()

    # All are published by one form, and taken back by one button.
    await page.get_by_role("link", name="Chọn tất cả trong trang này").click()
    await page.get_by_role("button", name="Công khai các ý kiến đã chọn").click()
    await expect(page.locator(".judge__done")).to_contain_text("Đã xử lý 4 ý kiến.")
    await page.get_by_role("button", name="Hoàn tác").click()
    await expect(page.locator(".judge[data-contribution]")).to_have_count(4)
    reader = await crowd.person(phone=True, scripts=False)
    await reader.visit(one.path)
    await expect(reader.page.locator(".voice")).to_have_count(0)


async def test_a_hidden_contribution_is_looked_at_again_by_another_account_and_the_log_names_nobody(crowd: Crowd, setting: Setting) -> None:
    one = await setting.publish("Dự thảo có khiếu nại")
    await setting.appoint(OTHER_MODERATOR, "moderator")
    await setting.say(citizen(1), one, "dieu-1", "Lời bị hiểu lầm", name="Cử tri mẫu")
    author = await crowd.person(citizen(1), phone=True, scripts=False)
    one_moderator, other = await crowd.person(MODERATOR), await crowd.person(OTHER_MODERATOR)

    # Hidden with a rule and a reason; without a reason nothing happens.
    page = one_moderator.page
    await one_moderator.visit(f"/kiem-duyet?muc=cong-khai&dot={one.slug}")
    item = page.locator(".judge[data-contribution]")
    await item.get_by_text("Ẩn…").click()
    await item.get_by_role("radio").first.check()
    await item.get_by_role("button", name="Ẩn ý kiến này").click()
    await expect(page.locator(".errors")).to_contain_text("lý do")
    await expect(item.get_by_role("radio").first).to_be_checked()
    await item.get_by_label("Lý do").fill("Có vẻ nói về một người")
    await item.get_by_role("button", name="Ẩn ý kiến này").click()
    await expect(page.locator(".judge__done")).to_contain_text("Đã ẩn ý kiến của Cử tri mẫu")

    # The author reads why, and asks for another look.
    own = author.page
    await author.visit("/y-kien-cua-toi")
    mine = own.locator(".mine", has_text="Lời bị hiểu lầm")
    await expect(mine).to_contain_text("Có vẻ nói về một người")
    await mine.get_by_role("link", name="Khiếu nại việc ẩn ý kiến này").click()
    await own.get_by_label("Vì sao ý kiến nên được công khai lại").fill("Tôi nói về quy định, không nói về ai")
    await own.get_by_role("button", name="Gửi khiếu nại").click()
    await expect(own.locator("main")).to_contain_text("Đã nhận khiếu nại của ông/bà.")

    # Who hid it cannot decide; another account does.
    await one_moderator.visit("/kiem-duyet/khieu-nai")
    seen = page.locator(".judge", has_text="Lời bị hiểu lầm")
    await expect(seen).to_contain_text("một tài khoản khác giải quyết khiếu nại")
    await expect(seen.get_by_role("button")).to_have_count(0)
    await other.visit("/kiem-duyet/khieu-nai")
    asked = other.page.locator(".judge", has_text="Lời bị hiểu lầm")
    await asked.get_by_label("Chấp nhận: công khai lại ý kiến").check()
    await asked.get_by_label("Lý do", exact=True).fill("Đúng là nói về quy định")
    await asked.get_by_role("button", name="Giải quyết khiếu nại").click()
    await expect(other.page.locator(".judge", has_text="Lời bị hiểu lầm")).to_have_count(0)

    # The words are back; the log has all of it, with no name and not a word of the contribution.
    await author.visit(f"{one.path}/nhat-ky")
    log = own.locator(".task__name")
    await expect(log.filter(has_text="Chấp nhận khiếu nại, công khai lại ý kiến")).to_have_count(1)
    await expect(log.filter(has_text="Người góp ý khiếu nại")).to_have_count(1)
    await expect(log.filter(has_text="Kiểm duyệt: ẩn ý kiến")).to_contain_text("Quy tắc:")
    for hidden in ("Cử tri mẫu", "Kiểm duyệt viên mẫu", "hiểu lầm", "một người"):
        await expect(own.locator("main")).not_to_contain_text(hidden)
    await log.filter(has_text="Nhận một ý kiến").get_by_role("link").click()
    await expect(own.locator(".voice__words").first).to_have_text("Lời bị hiểu lầm")
