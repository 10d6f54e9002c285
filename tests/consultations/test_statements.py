"""A list of statements, one a line."""

import pytest

from consultations.statements import MOST_STATEMENTS, STATEMENT_LIMIT, read_statements
from server.kernel.refused import Refused


def refusal(text: str) -> Refused:
    with pytest.raises(Refused) as refused:
        read_statements(text)
    return refused.value


def test_each_line_is_a_statement_and_empty_lines_count_for_nothing() -> None:
    assert read_statements("  Xe công nghệ phải đóng thuế.\r\n\r\n\t\nGiá cước   do thị trường quyết định. ") == [
        "Xe công nghệ phải đóng thuế.",
        "Giá cước do thị trường quyết định.",
    ]


def test_a_list_without_a_statement_is_no_text() -> None:
    assert refusal(" \n\u200b\n").code == "no_text"


def test_a_statement_too_long_is_named_by_its_line() -> None:
    refused = refusal("Ngắn.\n\n" + "d" * (STATEMENT_LIMIT + 1))
    assert (refused.code, refused.detail["line"]) == ("too_long", 3)


def test_a_statement_said_twice_is_named_by_its_second_line() -> None:
    refused = refusal("Đồng ý mở cửa.\nKhác.\nĐồng  ý mở cửa.")
    assert (refused.code, refused.detail["line"]) == ("said_twice", 3)


def test_too_many_statements_are_refused() -> None:
    assert refusal("\n".join(f"Phát biểu {number}" for number in range(MOST_STATEMENTS + 1))).code == "too_many"
