"""A vote on the room's page: the ballot on top of everything, a secret one with its honest words, and the result with its arithmetic."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace
from playwright.async_api import Page, expect

from server.kernel.vietnam import VIETNAM
from server.protocol.motions import (
    AskBallotCode,
    CastBallot,
    CloseMotion,
    DraftMotion,
    Mandate,
    MotionResult,
    MotionShown,
    MotionVote,
    MyBallots,
    OpenMotion,
)
from tests.browser.room.conftest import PHONE, Opened
from tests.browser.room.stand import NAME, SELF, TOPIC, Stand

LINE = "25/27 thành viên - cần ≥ 14 - THÔNG QUA"


def motion(phase: str = "open", **more: object) -> MotionShown:
    closes = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    rule = ("members", 1, 2, True, 0, 0, False, "falls", False, False)
    shown = MotionShown(TOPIC, 7, "Thông qua kế hoạch quý IV", [], *rule, phase, None, closes, None, 27, 3, 0, None, None, False, False)  # type: ignore[arg-type]
    return replace(shown, **more)


def mine(*, voted: bool = False, choice: int | None = None) -> MyBallots:
    return MyBallots(TOPIC, 7, [Mandate(SELF, NAME, voted, choice, None)])


async def as_host(stand: Stand, opened: Opened, **more: object) -> Page:
    stand.state = replace(stand.state, me=replace(stand.state.me, role="host"))
    return await opened(inside=True, **more)


async def test_a_motion_is_written_opened_voted_on_and_its_result_shown(stand: Stand, opened: Opened) -> None:
    page = await as_host(stand, opened)
    await page.locator("room-bar").get_by_role("button", name="Biểu quyết").click()
    await page.get_by_role("button", name="Soạn nội dung biểu quyết").click()
    await expect(page.get_by_label("Nội dung biểu quyết")).to_be_focused()
    await page.keyboard.type("Thông qua kế hoạch quý IV")
    await page.get_by_label("Cần để thông qua").select_option("two-thirds")
    await page.get_by_role("button", name="Lưu").click()
    draft = await stand.until(lambda one: isinstance(one, DraftMotion))
    assert isinstance(draft, DraftMotion) and (draft.text, draft.part, draft.of, draft.more) == ("Thông qua kế hoạch quý IV", 2, 3, False)
    await stand.tell(motion("drafted"))
    await page.get_by_role("button", name="Mở biểu quyết").click()
    await stand.until(lambda one: isinstance(one, OpenMotion) and one.lasts_s == 180)
    await stand.tell(motion(), mine())
    ballot = page.locator(".ballot")
    await expect(ballot.get_by_role("heading")).to_be_focused()
    await expect(ballot.locator(".ballot__choice")).to_have_text(["Đồng ý", "Không đồng ý", "Không biểu quyết"])
    await expect(ballot.locator("[aria-pressed=true]")).to_have_count(0)
    await expect(ballot.locator(".ballot__left")).to_contain_text("4:5")
    for _ in range(2):
        await page.keyboard.press("Tab")
    await expect(ballot.get_by_role("button", name="Đồng ý", exact=True)).to_be_focused()
    await page.keyboard.press("Enter")
    cast = await stand.until(lambda one: isinstance(one, CastBallot))
    assert isinstance(cast, CastBallot) and (cast.choice, cast.tracker) == (0, "")
    await stand.tell(mine(voted=True, choice=0))
    await expect(ballot).to_contain_text("Đã ghi nhận: Đồng ý")
    await page.keyboard.press("Escape")
    await expect(ballot).to_have_count(0)
    panel = page.locator("motion-panel")
    await panel.get_by_role("button", name="Kết thúc biểu quyết").click()
    await expect(panel.get_by_role("alert")).to_contain_text("Còn 24 người chưa biểu quyết.")
    await panel.get_by_role("button", name="Kết thúc biểu quyết").click()
    await stand.until(lambda one: isinstance(one, CloseMotion))
    votes = [MotionVote(SELF, NAME, 0, None), MotionVote("p2", "Đại biểu mẫu", 1, None)]
    result = MotionResult("passed", LINE, "21 tại phòng họp + 4 trực tuyến", [25, 1], 1, 0, [])
    await stand.tell(motion("counted", result=result, votes=votes))
    card = page.locator(".outcome")
    await expect(card).to_contain_text(LINE)
    await expect(card).to_contain_text("21 tại phòng họp + 4 trực tuyến")
    await card.get_by_text("Ai biểu quyết thế nào").click()
    await expect(card.locator("li")).to_have_text([f"{NAME} Đồng ý", "Đại biểu mẫu Không đồng ý"])


async def test_a_second_tap_on_a_phone_meets_the_same_choice(stand: Stand, opened: Opened) -> None:
    """What is said after a vote moves no choice to where another one was."""
    page = await opened(inside=True, size=PHONE)
    await stand.tell(motion(), mine())
    choices = page.locator(".ballot__choice")
    await expect(choices).to_have_count(3)
    before = [await one.bounding_box() for one in await choices.all()]
    await stand.tell(mine(voted=True, choice=0))
    await expect(page.locator(".ballot")).to_contain_text("có thể chọn lại")
    assert [await one.bounding_box() for one in await choices.all()] == before


async def test_a_vote_of_the_meeting_lies_above_a_slip_that_is_open_for_days(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    later = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    await stand.tell(motion(motion=6, text="Phiếu gửi hôm qua", slip=True, closes_at=later), replace(mine(), motion=6))
    ballot = page.locator(".ballot")
    await expect(ballot).to_contain_text("Phiếu gửi hôm qua")
    await stand.tell(motion(), mine())
    await expect(ballot).to_contain_text("Thông qua kế hoạch quý IV")
    await page.get_by_role("button", name="Thu nhỏ phiếu").click()
    await expect(ballot).to_contain_text("Phiếu gửi hôm qua")
    await stand.tell(replace(mine(voted=True, choice=0), motion=6))
    await expect(ballot).to_have_count(0)


async def test_the_panel_lists_what_is_open_by_its_deadline_then_what_is_over_the_newest_first(stand: Stand, opened: Opened) -> None:
    page = await as_host(stand, opened)
    now = datetime.now(UTC)

    def at(**since: int) -> str:
        return (now + timedelta(**since)).isoformat()

    shown = {
        "Phiếu dài": motion(motion=1, slip=True, closes_at=at(days=9)),
        "Đã công bố": motion("announced", motion=2, closed_at=at(minutes=-5)),
        "Phiếu ngắn": motion(motion=3, slip=True, closes_at=at(days=2)),
        "Đã kiểm phiếu": motion("counted", motion=4, closed_at=at(minutes=-50)),
        "Bản soạn": motion("drafted", motion=5, closes_at=None),
        "Đang biểu quyết": motion(motion=6),
        "Đã rút": motion("withdrawn", motion=7, closes_at=None),
    }
    await stand.tell(*(replace(one, text=words) for words, one in shown.items()))
    await page.locator("room-bar").get_by_role("button", name="Biểu quyết").click()
    listed = page.locator("motion-panel .motion__text")
    in_order = ["Đang biểu quyết", "Phiếu ngắn", "Phiếu dài", "Bản soạn", "Đã công bố", "Đã kiểm phiếu", "Đã rút"]
    await expect(listed).to_have_text(in_order)
    slip = page.locator("motion-panel [data-motion='3'] .motion__phase")
    day = (now + timedelta(days=2)).astimezone(VIETNAM)
    await expect(slip).to_contain_text(f"đến {day.hour} giờ {day:%M}, ngày {day.day}/{day.month}/{day.year}")
    await stand.tell(motion("announced", motion=6, text="Đang biểu quyết", closed_at=at(seconds=0)))
    await expect(listed).to_have_text([*in_order[1:4], "Đang biểu quyết", *in_order[4:]])


async def test_who_has_not_voted_is_told_too_how_a_vote_ended(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True, size=PHONE)
    await stand.tell(motion(secret=True, papers=5))
    spoken, card = page.locator("[aria-live=polite].unseen"), page.locator(".ballot")
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    await stand.tell(motion(secret=True, papers=5, closes_at=later, delayed="Tài liệu gửi muộn"))
    await expect(spoken).to_have_text("Hạn biểu quyết được lùi. Lý do: Tài liệu gửi muộn")
    await expect(card).to_have_count(0)  # the vote is for others
    await stand.tell(motion("closed", secret=True, papers=5))
    few = MotionResult("withheld", "3/27 thành viên đã bỏ phiếu kín", "3 trực tuyến", [], 0, 24, [])
    await stand.tell(motion("counted", secret=True, papers=5, result=few))
    await expect(spoken).to_have_text("Biểu quyết đã kết thúc. 3/27 thành viên đã bỏ phiếu kín")
    await expect(card.get_by_role("heading")).to_have_text("Kết quả biểu quyết")
    await expect(card).to_contain_text("bị hủy mà không ai đọc")
    await expect(card.locator("dd")).to_have_count(0)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await card.get_by_role("button", name="Đóng").click()
    await expect(card).to_have_count(0)


async def test_a_secret_ballot_says_what_is_not_promised_and_asks_for_a_code(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True, size=PHONE)
    await stand.tell(motion(secret=True, tells=True), mine())
    ballot = page.locator(".ballot")
    await expect(ballot).to_contain_text("không hứa giữ kín")
    await expect(ballot).to_contain_text("chính kết quả có thể cho biết")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await ballot.get_by_role("button", name="Tôi đã hiểu").click()
    await stand.until(lambda one: isinstance(one, AskBallotCode))
    await expect(ballot.get_by_label("Mã xác nhận")).to_be_focused()
    tracker = await ballot.locator("code").text_content()
    await page.keyboard.type("12345678")
    await ballot.get_by_label("Không biểu quyết").check()
    stand.refuses = "Mã chưa đúng."
    await ballot.get_by_role("button", name="Bỏ phiếu").click()
    await expect(ballot.get_by_role("alert")).to_have_text("Mã chưa đúng.")
    stand.refuses = ""
    first = await stand.until(lambda one: isinstance(one, CastBallot))
    await ballot.get_by_role("button", name="Bỏ phiếu").click()
    await stand.until(lambda one: isinstance(one, CastBallot) and one is not first)
    cast = [one for one in stand.received if isinstance(one, CastBallot)]
    assert {(one.choice, one.tracker, one.code) for one in cast} == {(None, tracker, "12345678")}, "sent again, it is the same paper"
    await stand.tell(mine(voted=True))
    await expect(ballot).to_contain_text("Ông/bà đã chọn: Không biểu quyết")
    await expect(ballot.locator("code")).to_have_text(tracker or "")
