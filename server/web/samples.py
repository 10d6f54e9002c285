"""What the style page shows: one example of every component in every state. No real words of anybody."""

from datetime import UTC, datetime

import msgspec

from server.web.views import (
    ConsultationHead,
    ConsultationPage,
    ContributionForm,
    ContributionView,
    FormError,
    Numbers,
    Pagination,
    Place,
    VoteBox,
)

AT = datetime(2026, 11, 2, 3, 30, tzinfo=UTC)

HEAD = ConsultationHead(
    id=0,
    slug="mau",
    title="Dự thảo Quyết định mẫu",
    agency="Ủy ban nhân dân tỉnh Mẫu",
    summary="",
    phase="open",
    opens_at=AT,
    closes_at=AT.replace(month=12),
    days_left=30,
    contributions=1204,
    demo=True,
)
VOICES = (
    ContributionView(
        3, "Cử tri phường Mẫu", "citizen", False, "Đề nghị ghi rõ số ngày làm việc.", AT, label="khoản 2 Điều 7", anchor="main"
    ),
    ContributionView(2, "Hợp tác xã Mẫu", "business", True, "Đồng ý với dự thảo.\n\nĐề nghị thêm hướng dẫn cho vùng xa.", AT),
    ContributionView(1, "Hội Nông dân xã Mẫu", "agency", True, "Nhất trí.", AT),
)
WHOLE = Place(
    node="",
    label="toàn văn dự thảo",
    anchor="gop-y-chung",
    total=12,
    newest=VOICES,
    all_url="#main",
    write_url="#main",
    choices=(("", "Toàn văn dự thảo"),),
)
PAGE = ConsultationPage(
    head=HEAD,
    crumbs=(),
    topic="",
    seq=0,
    numbers=Numbers(voters=310, answers=1204, contributions=12, contributors=9),
    toc=(),
    nodes=(),
    statements=(),
    whole=WHOLE,
    rules=("Không xúc phạm, đe dọa hoặc kỳ thị cá nhân, tổ chức.",),
    standing="vote",
    kinds=("citizen", "business", "organisation"),
    name="Cử tri phường Mẫu",
    text_limit=5_000,
    name_limit=80,
)


class Samples(msgspec.Struct, frozen=True):
    """``style.html`` is rendered with one of these as ``samples``."""

    page: ConsultationPage = PAGE
    pagination: Pagination = Pagination("#main", "#main")
    errors: tuple[FormError, ...] = (FormError("mau-ten", "Xin ghi tên hiển thị."),)
    form: ContributionForm = ContributionForm(command="")
    votes: tuple[tuple[VoteBox, str], ...] = (
        (VoteBox(1, "Điều 1", (128, 42, 7)), "vote"),
        (VoteBox(2, "Điều 2", (128, 42, 7), mine=0), "vote"),
        (VoteBox(3, "Điều 3"), "vote"),
        (VoteBox(4, "Điều 4", (0, 0, 0)), "sign_in"),
        (VoteBox(5, "Điều 5", (128, 42, 7), mine=1), "look"),
        (VoteBox(6, "Điều 6"), "look"),
    )
    colours: tuple[str, ...] = ("paper", "sheet", "shade", "ink", "ink-soft", "lacquer", "bronze", "agree", "disagree", "abstain", "notice")
