"""A roll as people write it: pasted lists and tables become lines, and what is wrong with a line is said beside it."""

import pytest

from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.roll_list import COLUMNS, Listed, Typed, changes, checked, joined, read_line, read_list

CHAIR = Listed("chu-toa@example.vn", "chair")
MEMBER = Listed("uy-vien@example.vn", agency="Sở Mẫu", weight=2)


def table(*lines: str) -> list[tuple[int, list[str]]]:
    return [(number, line.split(";")) for number, line in enumerate(lines, start=1)]


def test_columns_are_known_by_their_headers_in_any_order_and_without_accents() -> None:
    lines, faults = read_list(table("Đơn vị;EMAIL;Vai trò;Ghi chú;SỐ PHIẾU", "Sở Mẫu;Uy-Vien@Example.vn;Ủy viên;bỏ qua;2"))
    assert (lines, faults) == ([MEMBER], [])


def test_without_headers_the_columns_stand_in_the_usual_order() -> None:
    assert read_list(table("chu-toa@example.vn;chủ tọa", "uy-vien@example.vn;;;Sở Mẫu;2")) == ([CHAIR, MEMBER], [])


def test_columns_are_known_in_english_by_what_the_english_page_calls_them() -> None:
    headers = [translator("en")(names[0]) for names in COLUMNS.values()]
    lines, faults = read_list(table(";".join(reversed(headers)), ";;2;Sở Mẫu;;member;uy-vien@example.vn"))
    assert (lines, faults) == ([MEMBER], [])


def test_who_only_looks_on_or_helps_has_no_vote_unless_it_is_written() -> None:
    duties = ("chủ tọa", "phó chủ tọa", "thư ký", "thành viên", "khách mời", "người quan sát", "kỹ thuật")
    assert [read_line(Typed(email="a@example.vn", duty=duty)).weight for duty in duties] == [1, 1, 1, 1, 0, 0, 0]
    assert read_line(Typed(email="a@example.vn", duty="quan sát", weight="1")).weight == 1


def test_a_line_of_nothing_but_addresses_is_that_many_members() -> None:
    lines, _ = read_list(table("mot@example.vn;hai@example.vn", "ba@example.vn"))
    assert [(line.email, line.duty) for line in lines] == [(f"{name}@example.vn", "member") for name in ("mot", "hai", "ba")]


def test_what_is_wrong_with_a_line_is_said_with_its_number_and_its_column() -> None:
    headers = "Thư điện tử;Nhiệm vụ;Số phiếu"
    lines, faults = read_list(table(headers, "khong@;;", "mot@example.vn;Vua;", "hai@example.vn;;-1", "ba@example.vn;;", "BA@example.vn;;"))
    assert [line.email for line in lines] == ["ba@example.vn"]
    assert [(one.line, one.column, one.words, one.refused.code) for one in faults] == [
        (2, "email", "khong@", "bad_email"),
        (3, "duty", "Vua", "bad_duty"),
        (4, "weight", "-1", "bad_weight"),
        (6, "email", "BA@example.vn", "listed_before"),
    ]
    assert faults[-1].refused.detail["line"] == 5


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (Typed(email=""), "email"),
        (Typed(email="a@example.vn", principal="b@"), "principal"),
        (Typed(email="a@example.vn", hall="nhà văn hóa"), "hall"),
        (Typed(email="a@example.vn", agency="x" * 121), "agency"),
        (Typed(email="a@example.vn", name="x" * 200), "name"),
        (Typed(email="a@example.vn", weight="1000001"), "weight"),
    ],
)
def test_a_line_that_cannot_be_read_names_its_field(typed: Typed, field: str) -> None:
    with pytest.raises(Refused) as refused:
        read_line(typed)
    assert refused.value.detail["field"] == field


def test_a_list_adds_and_changes_or_takes_the_place_of_the_roll() -> None:
    new, other = Listed("moi@example.vn"), Listed(MEMBER.email, weight=1)
    added = joined([CHAIR, MEMBER], [other, new], whole=False)
    assert added == [CHAIR, other, new]
    assert [(one.kind, one.line.email, one.columns) for one in changes([CHAIR, MEMBER], added)] == [
        ("same", CHAIR.email, ()),
        ("changed", MEMBER.email, ("agency", "weight")),
        ("added", new.email, ()),
    ]
    replaced = joined([CHAIR, MEMBER], [new], whole=True)
    assert [(one.kind, one.line.email) for one in changes([CHAIR, MEMBER], replaced)] == [
        ("added", new.email),
        ("removed", CHAIR.email),
        ("removed", MEMBER.email),
    ]


def test_a_name_is_written_for_who_has_none_and_changes_no_other() -> None:
    named = Listed(CHAIR.email, "chair", "Chủ tịch")
    assert [one.columns for one in changes([CHAIR], [named])] == [("name",)]
    for line in (CHAIR, Listed(CHAIR.email, "chair", "Người khác")):
        assert [one.kind for one in changes([named], [line])] == ["same"]


@pytest.mark.parametrize(
    ("lines", "code", "email"),
    [
        ([CHAIR, Listed("hai@example.vn", "chair")], "two_chairs", "hai@example.vn"),
        ([CHAIR, CHAIR], "listed_twice", CHAIR.email),
        ([Listed("thay@example.vn", principal="ai@example.vn")], "bad_principal", "thay@example.vn"),
        (
            [MEMBER, Listed("b@example.vn", principal=MEMBER.email), Listed("c@example.vn", principal="b@example.vn")],
            "bad_principal",
            "c@example.vn",
        ),
        ([Listed("a@example.vn", hall="cau@example.vn")], "bad_hall", "a@example.vn"),
        ([Listed("a@example.vn", hall="a@example.vn")], "bad_hall", "a@example.vn"),
        ([Listed(f"{number}@example.vn") for number in range(501)], "too_many", None),
    ],
)
def test_what_cannot_be_a_roll_together_names_the_line(lines: list[Listed], code: str, email: str | None) -> None:
    with pytest.raises(Refused) as refused:
        checked(lines)
    assert (refused.value.code, refused.value.detail.get("email")) == (code, email)


def test_a_substitute_and_a_hall_are_on_the_roll_too() -> None:
    delegate = Listed("thay@example.vn", principal=CHAIR.email, hall="cau@example.vn")
    checked([CHAIR, Listed("cau@example.vn", "technician", weight=0), delegate])
    with pytest.raises(Refused, match="hall_votes"):
        checked([CHAIR, Listed("cau@example.vn", "technician", weight=1), delegate])
