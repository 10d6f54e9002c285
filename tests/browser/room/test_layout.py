"""Where the pictures stand: none covers another, all are on the stage, and from 1 to 50 people, on a desk and on a phone, each is seen."""

import pytest
from msgspec.structs import replace
from playwright.async_api import Page, ViewportSize, expect

from tests.browser.room.conftest import DESK, PHONE, Opened
from tests.browser.room.stand import Stand

_TALL: ViewportSize = {"width": 1920, "height": 1080}
_MEASURE = """
async () => {
    await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
    const box = (element) => { const { x, y, width, height } = element.getBoundingClientRect(); return { x, y, width, height }; };
    return { stage: box(document.querySelector("room-stage")), tiles: [...document.querySelectorAll("media-tile")].map(box) };
}
"""
Box = dict[str, float]


async def measured(page: Page) -> tuple[Box, list[Box]]:
    """The stage and the pictures on it, as they are painted: a change of the stage's own size is followed within its frame."""
    found = await page.evaluate(_MEASURE)
    return found["stage"], found["tiles"]


def inside(box: Box, around: Box) -> bool:
    right, bottom = around["x"] + around["width"], around["y"] + around["height"]
    return (
        box["x"] >= around["x"] - 1
        and box["y"] >= around["y"] - 1
        and box["x"] + box["width"] <= right + 1
        and box["y"] + box["height"] <= bottom + 1
    )


def apart(one: Box, other: Box) -> bool:
    return (
        one["x"] + one["width"] <= other["x"] + 1
        or other["x"] + other["width"] <= one["x"] + 1
        or one["y"] + one["height"] <= other["y"] + 1
        or other["y"] + other["height"] <= one["y"] + 1
    )


def check(stage: Box, tiles: list[Box]) -> None:
    assert all(inside(tile, stage) for tile in tiles)
    assert all(apart(one, other) for at, one in enumerate(tiles) for other in tiles[:at])


@pytest.mark.parametrize("size", [DESK, PHONE, _TALL], ids=["desk", "phone", "large"])
async def test_a_grid_of_1_to_50_people_is_even_and_large_enough_to_know_a_face(stand: Stand, opened: Opened, size: ViewportSize) -> None:
    page = await opened(inside=True, size=size)
    for people in (1, 2, 3, 4, 5, 7, 9, 12, 16, 25, 36, 50):
        await stand.come(*[f"Đại biểu mẫu {number}" for number in range(len(stand.state.members), people)])
        await expect(page.locator(".room__facts .room__fact").last).to_contain_text(str(people))
        stage, tiles = await measured(page)
        check(stage, tiles)
        assert len({(round(tile["width"]), round(tile["height"])) for tile in tiles}) == 1
        assert min(tile["width"] for tile in tiles) >= 140, people
        assert all(0.75 <= tile["width"] / tile["height"] <= 1.8 for tile in tiles), people
        shown = len(tiles)
        while await page.locator(".pager__turn").last.is_enabled() if await page.locator(".pager").count() else False:
            await page.locator(".pager__turn").last.click()
            stage, tiles = await measured(page)
            check(stage, tiles)
            shown += len(tiles)
        assert shown == people, "over all pages everybody is shown once"
        if await page.locator(".pager").count():
            while await page.locator(".pager__turn").first.is_enabled():
                await page.locator(".pager__turn").first.click()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_pinned_picture_is_much_larger_than_the_others(stand: Stand, opened: Opened, size: ViewportSize) -> None:
    page = await opened(inside=True, size=size)
    who = (await stand.come(*[f"Đại biểu mẫu {number}" for number in range(8)]))[2]
    tile = page.locator(f"media-tile[data-who={who}]")
    await tile.hover()
    await tile.get_by_role("button", name="Ghim Đại biểu mẫu 2").click()
    await expect(tile.get_by_role("button", name="Ghim")).to_have_attribute("aria-pressed", "true")
    stage, tiles = await measured(page)
    check(stage, tiles)
    areas = sorted(tile["width"] * tile["height"] for tile in tiles)
    assert areas[-1] > 4 * areas[-2]


async def test_the_speaker_layout_shows_one_person_large_and_turns_its_strip(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    await stand.come(*[f"Đại biểu mẫu {number}" for number in range(20)])
    await page.get_by_role("button", name="Thêm").click()
    await page.get_by_label("Người nói").check()
    await page.keyboard.press("Escape")
    stage, tiles = await measured(page)
    check(stage, tiles)
    first = await page.locator("media-tile .tile__name").all_text_contents()
    await page.get_by_role("button", name="Trang hình sau").click()
    second = await page.locator("media-tile .tile__name").all_text_contents()
    assert len(set(first) & set(second)) == 1, "the large picture stays, the strip is another"


async def test_all_of_the_bar_is_on_the_page_however_wide_that_is(stand: Stand, opened: Opened) -> None:
    stand.state = replace(stand.state, me=replace(stand.state.me, role="host"))  # who prepares the meeting has the most buttons
    page = await opened(inside=True)
    for width in (360, 412, 768, 1024):
        await page.set_viewport_size({"width": width, "height": 740})
        cut = await page.locator("room-bar button:visible").evaluate_all(
            "(all) => all.filter((one) => one.getBoundingClientRect().left < 0 || one.getBoundingClientRect().right > innerWidth).length"
        )
        assert cut == 0, width
