"""Being told of what one follows, and numbers that anybody may read, take home, and put on a page of their own."""

import asyncio
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from lxml import etree
from playwright.async_api import expect

from tests.browser.stories.people import Crowd, citizen, tables_fit
from tests.browser.stories.setting import Setting


async def test_who_follows_a_clause_gets_a_letter_with_the_words_and_ends_it_with_one_click(crowd: Crowd, setting: Setting) -> None:
    one = await setting.publish("Dự thảo được theo dõi")
    person = await crowd.person(citizen(2), phone=True, scripts=False)
    page = person.page
    await person.visit(one.path)
    await page.locator("#dieu-2").get_by_role("link", name="Theo dõi Điều 2").click()
    await page.get_by_text("Chỉ theo dõi một khoản, điểm").click()
    await page.get_by_role("link", name="khoản 1 Điều 2").click()
    await page.get_by_label("Thư mỗi ngày").check()
    await page.locator("main").get_by_role("button", name="Theo dõi").click()
    followed = page.locator(".followed", has_text="khoản 1 Điều 2")
    await expect(followed.get_by_label("Báo tin")).to_have_value("daily")
    await setting.say(citizen(1), one, "dieu-2-khoan-1", "Nên mở cửa buổi tối", name="Cử tri mẫu")
    await setting.say(citizen(1), one, "dieu-3", "Ý kiến ở điều khác")

    since = len(crowd.product.lines)
    await setting.bring_morning()
    head = await asyncio.to_thread(crowd.product.wait_for, re.escape(citizen(2)), 30, since)  # others who follow something get theirs
    begin = crowd.product.lines.index(head.string, since)
    found = await asyncio.to_thread(crowd.product.wait_for, r"(/thu/\d+/[^/\s]+)$", 30, begin)
    letter = "\n".join(crowd.product.lines[begin : crowd.product.lines.index(found.string, begin)])
    assert "Cử tri mẫu góp ý về khoản 1 Điều 2" in letter and "> Nên mở cửa buổi tối" in letter
    assert "Ý kiến ở điều khác" not in letter

    # Nobody needs to sign in, or scripts, to have no more letters; the list of what one follows stays.
    anywhere = await crowd.person(phone=True, scripts=False)
    await anywhere.visit(found[1])
    await anywhere.page.get_by_role("button", name="Thôi nhận thư").click()
    await expect(anywhere.page.locator("main").get_by_role("status")).to_contain_text("sẽ không nhận thư báo tin nữa")
    await person.visit("/theo-doi")
    await expect(followed.get_by_label("Báo tin")).to_have_value("none")

    # Without an account one follows by feeds.
    atom = await (await page.request.get(f"{person.origin}{one.path}/nguon-tin.atom")).body()
    assert "Công bố đợt lấy ý kiến" in "".join(str(text) for text in etree.fromstring(atom).itertext())
    await expect(page.get_by_role("link", name="Nguồn tin Atom").first).to_be_visible()
    address = await page.get_by_role("link", name="Lịch iCal").first.get_attribute("href")
    calendar = await (await page.request.get(f"{person.origin}{address}")).text()
    assert calendar.startswith("BEGIN:VCALENDAR") and "Dự thảo được theo dõi" in calendar.replace("\r\n ", "")


async def test_numbers_say_what_they_count_and_are_there_to_take_home_and_to_show_elsewhere(
    crowd: Crowd, setting: Setting, tmp_path: Path
) -> None:
    one = await setting.publish("Dự thảo có số liệu mở", target=10, tallies="live")
    for number in range(6):
        await setting.say(f"nguoi-{number}@demo.example", one, "dieu-1", f"Ý kiến thứ {number}")
    visitor = await crowd.person(phone=True, scripts=False)
    page = visitor.page
    await visitor.visit(one.path)
    await page.get_by_role("link", name="Số liệu và dữ liệu mở").click()
    await expect(page.locator(".gauge")).to_contain_text("6 trên chỉ tiêu 10 người (60 %)")
    kinds = page.get_by_role("region", name="Theo loại chủ thể góp ý")
    await expect(kinds.locator("tfoot")).to_contain_text("6")
    await expect(kinds.get_by_role("img")).to_be_visible()
    await expect(kinds.get_by_role("row", name="Doanh nghiệp")).to_contain_text("0")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    assert await tables_fit(page)
    await visitor.context.add_cookies([{"name": "lang", "value": "en", "url": visitor.origin}])
    await page.reload()
    await expect(page.get_by_role("columnheader", name="Contributions").first).to_be_visible()
    assert await tables_fit(page)
    assert (
        await visitor.page.evaluate("Math.max(...[...document.querySelectorAll('.chart text')].map((one) => one.getBBox().width))") <= 320
    )
    await visitor.context.add_cookies([{"name": "lang", "value": "vi", "url": visitor.origin}])
    await page.reload()

    async with page.expect_download() as download:
        await page.get_by_role("link", name="Tải toàn bộ dữ liệu công khai").click()
    await (await download.value).save_as(tmp_path / "du-lieu.zip")
    with zipfile.ZipFile(io.BytesIO((tmp_path / "du-lieu.zip").read_bytes())) as data:
        assert data.testzip() is None
        [table] = [name for name in data.namelist() if re.search(r"contributions\.csv$", name)]
        assert data.read(table).decode("utf-8-sig").count("Ý kiến thứ ") == 6
    api = await page.get_by_role("link", name="Đọc bằng chương trình").get_attribute("href")
    assert json.loads(await (await page.request.get(f"{visitor.origin}{api}")).body())["title"] == "Dự thảo có số liệu mở"

    # The card stands in a page of another origin by the very code that one copies; nothing else of the site lets itself be framed.
    await page.get_by_role("link", name="Nhúng vào trang khác").click()
    code = await page.get_by_label("Mã để chép vào trang").input_value()
    whole = f'<iframe src="{visitor.origin}{one.path}" title="toàn trang"></iframe>'
    portal = await visitor.context.new_page()
    async with portal_with(code + whole) as address:
        await portal.goto(address)
        card = portal.frame_locator("iframe").first
        await expect(card.get_by_role("heading")).to_have_text("Dự thảo có số liệu mở")
        await expect(card.get_by_role("main")).to_contain_text("6 ý kiến")
        refused = portal.frame_locator("iframe[title='toàn trang']")
        await expect(refused.get_by_text("Dự thảo có số liệu mở")).to_have_count(0)
        assert any(frame.url.startswith("chrome-error:") for frame in portal.frames)


@asynccontextmanager
async def portal_with(body: str) -> AsyncIterator[str]:
    """The address of a page of another origin that holds ``body``."""
    page = f"<!doctype html><meta charset=utf-8><title>Cổng thông tin</title>{body}".encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(page)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head + page)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
