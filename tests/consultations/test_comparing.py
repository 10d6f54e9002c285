"""What a reader sees of a new version."""

from hypothesis import given, settings
from hypothesis import strategies as st

from consultations.blocks import Line
from consultations.comparing import Row, Run, compare, runs
from consultations.legal import read_legal_text
from consultations.matching import correspond
from consultations.tree import Draft, anchors, walk

laws = settings(max_examples=100, deadline=None)

OLD = """Điều 1. Phạm vi điều chỉnh
Nghị định này quy định về công tác văn thư và quản lý nhà nước về công tác văn thư.
Điều 2. Nguyên tắc
1. Văn bản phải được ban hành đúng thẩm quyền và đúng hình thức.
2. Hồ sơ phải được lập trong thời hạn 5 ngày, kể từ ngày giải quyết xong.
3. Con dấu phải được quản lý tại trụ sở của cơ quan, tổ chức. Người giữ con dấu chịu trách nhiệm trước người đứng đầu.
4. Tài liệu mật được quản lý theo quy định riêng về bảo vệ bí mật nhà nước.
Điều 3. Giải thích
1. Công tác văn thư bao gồm soạn thảo, ký và ban hành văn bản.
2. Bản gốc là bản hoàn chỉnh về nội dung được người có thẩm quyền ký trực tiếp."""


def draft(text: str) -> Draft:
    return read_legal_text(Line(line) for line in text.split("\n")).draft


def rows(new: str, old: str = OLD) -> dict[str, Row]:
    """The rows of a comparison by the permalink of the first new node, or of the first old one of what was removed."""
    before, after = draft(old), draft(new)
    names = anchors(before), anchors(after)
    compared = compare(before, after, correspond(before, after))
    found = {names[1][row.new[0]] if row.new else "- " + names[0][row.old[0]]: row for row in compared}
    assert len(found) == len(compared)
    assert sorted(node for row in compared for node in row.old) == sorted(node.id for node in walk(before))
    assert sorted(node for row in compared for node in row.new) == sorted(node.id for node in walk(after))
    return found


def changed(found: dict[str, Row]) -> dict[str, str]:
    return {name: row.change for name, row in found.items() if row.change != "same"}


def test_a_version_that_says_the_same_has_no_change_whatever_its_lines() -> None:
    assert changed(rows(OLD)) == {}
    wrapped = OLD.replace("đúng thẩm quyền ", "đúng\nthẩm quyền ").replace("công tác văn thư và", "công tác  văn thư\nvà")
    assert changed(rows(wrapped)) == {}


def test_a_changed_word_is_marked_and_only_it() -> None:
    found = rows(OLD.replace("5 ngày", "10 ngày làm việc"))
    assert changed(found) == {"dieu-2-khoan-2": "changed"}
    assert found["dieu-2-khoan-2"].runs == (
        Run("equal", "Hồ sơ phải được lập trong thời hạn "), Run("deleted", "5 "), Run("inserted", "10 "), Run("equal", "ngày "),
        Run("inserted", "làm việc"), Run("equal", ", kể từ ngày giải quyết xong."),
    )  # fmt: skip


def test_an_added_clause_renumbers_what_follows() -> None:
    added = "2. Mọi quyết định phải được công bố công khai trên cổng thông tin.\n"
    text = OLD.replace("2. Hồ sơ", added + "3. Hồ sơ").replace("3. Con dấu", "4. Con dấu").replace("4. Tài liệu", "5. Tài liệu")
    assert changed(rows(text)) == {
        "dieu-2-khoan-2": "added", "dieu-2-khoan-3": "renumbered", "dieu-2-khoan-4": "renumbered", "dieu-2-khoan-5": "renumbered",
    }  # fmt: skip


def test_a_removed_clause_stands_behind_what_it_stood_behind() -> None:
    text = OLD.replace("4. Tài liệu mật được quản lý theo quy định riêng về bảo vệ bí mật nhà nước.\n", "")
    found = rows(text)
    assert changed(found) == {"- dieu-2-khoan-4": "removed"}
    assert list(found).index("- dieu-2-khoan-4") == list(found).index("dieu-2-khoan-3") + 1


def test_a_clause_in_two_halves_is_split_and_two_in_one_are_merged() -> None:
    halves = OLD.replace("tổ chức. Người giữ", "tổ chức.\n4. Người giữ").replace("4. Tài liệu", "5. Tài liệu")
    found = rows(halves)
    assert changed(found) == {"dieu-2-khoan-3": "split", "dieu-2-khoan-5": "renumbered"}
    assert not found["dieu-2-khoan-3"].reworded
    found = rows(OLD, old=halves)
    assert changed(found) == {"dieu-2-khoan-3": "merged", "dieu-2-khoan-4": "renumbered"}
    assert not found["dieu-2-khoan-3"].reworded


def test_a_clause_that_goes_to_another_article_or_before_its_neighbour_is_moved() -> None:
    line = "4. Tài liệu mật được quản lý theo quy định riêng về bảo vệ bí mật nhà nước.\n"
    away = OLD.replace(line, "") + "\n" + line.replace("4.", "3.").strip()
    assert changed(rows(away)) == {"dieu-3-khoan-3": "moved"}
    one, two = (line for line in OLD.split("\n") if line.startswith(("1. Công tác", "2. Bản gốc")))
    turned = OLD.replace(one, "@").replace(two, "2" + one[1:]).replace("@", "1" + two[1:])
    assert sorted(changed(rows(turned)).values()) == ["moved", "renumbered"]


def test_an_article_is_followed_with_all_it_holds() -> None:
    text = OLD.replace("Điều 3.", "Điều 4.").replace("Điều 2.", "Điều 3.").replace("Điều 1.", "Điều 1. Căn cứ\nLuật.\nĐiều 2.")
    assert changed(rows(text)) == {
        "dieu-1": "added", "dieu-2": "renumbered", "dieu-3": "renumbered", "dieu-4": "renumbered",
    }  # fmt: skip


TEXTS = st.lists(st.sampled_from(["tổ", "chức", "phải", ",", ".", " ", "  ", "\n", "5"]), max_size=30).map("".join)


@laws
@given(TEXTS, TEXTS)
def test_the_runs_of_each_side_are_its_words(old: str, new: str) -> None:
    found = runs(old, new)
    assert "".join(run.text for run in found if run.kind != "deleted").split() == new.split()
    assert "".join("".join(run.text for run in found if run.kind != "inserted").split()) == "".join(old.split())


@laws
@given(TEXTS)
def test_two_layouts_of_one_text_are_equal(text: str) -> None:
    assert all(run.kind == "equal" for run in runs(text, " ".join(text.split())))
