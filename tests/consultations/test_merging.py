"""Suggested wordings put together: all that agree is in the text, all that disagrees is shown, nothing else changes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from consultations.merging import Conflict, Wish, applied, changes, merge

laws = settings(max_examples=100, deadline=None)

CLAUSE = "Tổ chức phải nộp báo cáo trong thời hạn 5 ngày, kể từ ngày nhận được yêu cầu."

# Few different words, so that the same one stands at many places.
TEXTS = st.lists(st.sampled_from(["tổ chức", "cá nhân", "phải", "nộp", ",", ".", ";", " ", "  ", "\n", "5", "1.000"]), max_size=25).map(
    "".join
)


@laws
@given(TEXTS, TEXTS)
def test_one_suggestion_is_taken_exactly(base: str, proposed: str) -> None:
    merged = merge(base, {"một": proposed})
    assert merged.text == proposed
    assert merged.conflicts == ()
    assert applied(base, changes(base, proposed)) == proposed


@laws
@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_the_order_of_suggestions_does_not_matter(base: str, one: str, two: str, three: str) -> None:
    names = {"một": one, "hai": two, "ba": three}
    assert merge(base, names) == merge(base, dict(reversed(names.items())))


@laws
@given(TEXTS, TEXTS)
def test_what_two_want_alike_is_taken_once(base: str, proposed: str) -> None:
    merged = merge(base, {"một": proposed, "hai": proposed})
    assert merged.text == proposed
    assert {taken.by for taken in merged.taken} <= {("hai", "một")}


@laws
@given(TEXTS, TEXTS, TEXTS)
def test_every_change_is_taken_or_in_a_conflict_and_nothing_else_changes(base: str, one: str, two: str) -> None:
    merged = merge(base, {"một": one, "hai": two})
    assert merged.text == applied(base, [taken.edit for taken in merged.taken])
    for name, proposed in (("một", one), ("hai", two)):
        for edit in changes(base, proposed):
            taken = any(one.edit == edit and name in one.by for one in merged.taken)
            disputed = [conflict for conflict in merged.conflicts if conflict.start <= edit.start and edit.end <= conflict.end]
            assert taken != bool(disputed)
            assert taken or any(name in wish.by for wish in disputed[0].wishes)
    for found in merged.taken:
        assert merged.text[found.at : found.at + len(found.edit.text)] == found.edit.text
    for conflict in merged.conflicts:
        assert conflict.text == base[conflict.start : conflict.end] == merged.text[conflict.at : conflict.at + len(conflict.text)]
        assert len(conflict.wishes) > 1 or conflict.wishes[0].text != conflict.text


WORDS = [f"từ{number}" for number in range(12)]


@laws
@given(st.dictionaries(st.integers(0, 11), st.tuples(st.integers(0, 1), st.sampled_from(["mới", "khác hẳn", ""])), min_size=1))
def test_changes_with_an_unchanged_word_between_them_are_all_in_the_new_text(wanted: dict[int, tuple[int, str]]) -> None:
    """Each word of the base is another, so that there is one way to see a change; the expected text is put together word by word."""
    apart = {place: change for place, change in wanted.items() if place - 1 not in wanted}

    def text(who: int | None) -> str:
        chosen = [apart[place][1] if place in apart and who in (apart[place][0], None) else word for place, word in enumerate(WORDS)]
        return " ".join(word for word in chosen if word)

    merged = merge(" ".join(WORDS), {"một": text(0), "hai": text(1)})
    assert merged.conflicts == ()
    assert merged.text == text(None)


def test_two_that_want_the_same_words_otherwise_are_in_conflict() -> None:
    merged = merge(CLAUSE, {"a": CLAUSE.replace("5", "10"), "b": CLAUSE.replace("5", "7"), "c": CLAUSE.replace("5", "10")})
    assert merged.text == CLAUSE
    at = CLAUSE.index("5")
    assert merged.conflicts == (Conflict(at, at + 1, at, "5", (Wish("10", ("a", "c")), Wish("7", ("b",)))),)


def test_changes_next_to_each_other_are_never_put_together() -> None:
    merged = merge(CLAUSE, {"a": CLAUSE.replace("nộp", "gửi"), "b": CLAUSE.replace("báo cáo", "hồ sơ")})
    assert merged.text == CLAUSE
    assert [wish.text for wish in merged.conflicts[0].wishes] == ["gửi báo cáo", "nộp hồ sơ"]


def test_different_words_put_in_at_one_place_are_in_conflict() -> None:
    merged = merge(CLAUSE, {"a": CLAUSE + " Thêm một.", "b": CLAUSE + " Thêm hai."})
    assert merged.text == CLAUSE
    assert [wish.by for wish in merged.conflicts[0].wishes] == [("b",), ("a",)]


def test_changes_at_two_places_of_one_sentence_are_both_taken_beside_a_conflict() -> None:
    merged = merge(
        CLAUSE,
        {
            "a": CLAUSE.replace("Tổ chức", "Tổ chức, cá nhân"),
            "b": CLAUSE.replace("5 ngày", "5 ngày làm việc"),
            "c": CLAUSE.replace("yêu cầu", "văn bản"),
            "d": CLAUSE.replace("yêu cầu", "đề nghị"),
        },
    )
    assert merged.text == "Tổ chức, cá nhân phải nộp báo cáo trong thời hạn 5 ngày làm việc, kể từ ngày nhận được yêu cầu."
    assert [taken.by for taken in merged.taken] == [("a",), ("b",)]
    assert [conflict.text for conflict in merged.conflicts] == ["yêu cầu"]
    assert merged.text[merged.conflicts[0].at :] == "yêu cầu."


def test_a_sentence_written_anew_is_one_change_however_many_words_it_keeps_by_chance() -> None:
    base = "Cơ quan chủ trì gửi hồ sơ, dự thảo và tài liệu kèm theo đến các bộ để lấy ý kiến."
    anew = "Trong mười ngày, mọi bộ được hỏi và trả lời bằng văn bản, nêu rõ lý do của từng điểm."
    assert len(changes(base, anew)) == 1


def test_words_that_repeat_without_end_are_compared_in_bounded_time() -> None:
    base, hostile = "a, " * 1_200, "a b, " * 1_200
    assert merge(base, {"một": hostile}).text == hostile
