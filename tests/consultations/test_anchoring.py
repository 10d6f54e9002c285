"""An anchor is never tied to other words unseen. A thousand changed decrees are in ``test_versions``; here is each rule in small."""

import unicodedata

import pytest

from consultations.anchoring import CONTEXT, Anchor, Placement, Placing, anchor, place
from consultations.blocks import Line
from consultations.legal import read_legal_text
from consultations.matching import correspond
from consultations.tree import Draft, Node, anchors, content, walk
from server.kernel.ids import NodeId
from server.kernel.refused import Refused

OLD = """Điều 1. Báo cáo
1. Tổ chức, cá nhân phải gửi báo cáo trước ngày 15 tháng 12 hằng năm.
2. Cơ quan nhận báo cáo trả lời tổ chức, cá nhân trong thời hạn 10 ngày làm việc.
3. Báo cáo của tổ chức, cá nhân nước ngoài được gửi bằng tiếng Việt. Báo cáo của tổ chức, cá nhân trong nước được gửi trực tuyến.
Điều 2. Xử phạt
1. Vi phạm lần thứ nhất thì bị xử phạt như sau:
a) Cảnh cáo;
b) Phạt tiền.
2. Vi phạm lần thứ hai trở lên thì bị xử phạt nặng hơn một bậc như sau:
a) Cảnh cáo;
b) Đình chỉ hoạt động."""


def draft(text: str) -> Draft:
    return read_legal_text(Line(line) for line in text.split("\n")).draft


def named(text: Draft, name: str) -> Node:
    return next(node for node in walk(text) if anchors(text)[node.id] == name)


def quote(name: str, words: str, nth: int = 1) -> Anchor:
    """The anchor of words of a node of the old text, where they stand there for the nth time."""
    old = draft(OLD)
    node, at = named(old, name), -1
    for _ in range(nth):
        at = content(node).index(words, at + 1)
    return anchor(old, node.id, at, at + len(words))


def placed(made: Anchor, new: str) -> Placement:
    old, changed = draft(OLD), draft(new)
    return place(made, old, changed, correspond(old, changed))


def where(found: Placement, new: str) -> tuple[str, str, str]:
    """The state, the permalink and the words of a placement that is sure."""
    assert found.found is not None and not found.doubtful
    return found.state, anchors(draft(new))[found.found.node], found.found.words


def test_an_anchor_holds_the_words_and_what_stands_around_them() -> None:
    made = quote("dieu-1-khoan-2", "tổ chức, cá nhân")
    assert (made.quote, made.before, made.after) == (
        "tổ chức, cá nhân",
        "Cơ quan nhận báo cáo trả lời ",
        " trong thời hạn 10 ngày làm việc"[:CONTEXT],
    )


def test_an_anchor_of_words_that_stand_twice_in_like_surroundings_remembers_more() -> None:
    text = draft("Điều 1. Gồm\n1. " + "Một. " + "Phải gửi báo cáo cho cơ quan nhận báo cáo đúng hạn. " * 3 + "Hết.")
    node = named(text, "dieu-1-khoan-1")
    start = content(node).index("báo cáo cho", 30)
    made = anchor(text, node.id, start, start + 7)
    assert len(made.before) > CONTEXT
    found = place(made, text, text, correspond(text, text)).found
    assert found is not None and found.start == start


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (5, 2), (0, 10_000), (7, 8)])
def test_offsets_that_name_no_words_are_refused(start: int, end: int) -> None:
    old = draft(OLD)
    with pytest.raises(Refused, match="bad_quote"):
        anchor(old, named(old, "dieu-1-khoan-2").id, start, end)


def test_an_anchor_that_is_not_of_the_old_version_is_refused() -> None:
    old = draft(OLD)
    placing = Placing(old, old, correspond(old, old))
    made = quote("dieu-1-khoan-2", "trả lời")
    for wrong in (Anchor(NodeId("n99"), "trả lời"), Anchor(made.node, "trả lại"), Anchor(made.node, made.quote, "khác ", made.after)):
        with pytest.raises(Refused, match="bad_quote"):
            placing.place(wrong)
    with pytest.raises(Refused, match="not_found"):
        anchor(old, NodeId("n99"))


def test_anchors_are_composed_and_count_code_points() -> None:
    text = Draft("", (Node(NodeId("n1"), "article", "1", text=unicodedata.normalize("NFD", "Tổ chức được gửi.")),))
    made = anchor(text, NodeId("n1"), 8, 12)
    assert (made.quote, made.before) == ("được", "Tổ chức ")


def test_words_that_stay_are_kept_and_words_under_another_number_are_moved() -> None:
    made = quote("dieu-1-khoan-2", "tổ chức, cá nhân")
    assert where(placed(made, OLD), OLD) == ("kept", "dieu-1-khoan-2", "tổ chức, cá nhân")
    new = OLD.replace("2. Cơ quan", "2. Mọi báo cáo phải có chữ ký số.\n3. Cơ quan").replace("3. Báo cáo", "4. Báo cáo")
    assert where(placed(made, new), new) == ("moved", "dieu-1-khoan-3", "tổ chức, cá nhân")


def test_of_equal_words_in_one_clause_each_keeps_its_own_place() -> None:
    new = OLD.replace("Báo cáo của tổ chức, cá nhân nước ngoài", "Mọi báo cáo của tổ chức, cá nhân nước ngoài")
    for nth in (1, 2):
        made = quote("dieu-1-khoan-3", "tổ chức, cá nhân", nth)
        found = placed(made, new)
        assert where(found, new) == ("kept", "dieu-1-khoan-3", "tổ chức, cá nhân")
        assert found.found is not None
        assert content(named(draft(new), "dieu-1-khoan-3"))[found.found.end :].startswith(made.after[:12])


def test_when_one_of_two_equal_quotes_is_removed_its_anchor_does_not_go_to_the_other() -> None:
    new = OLD.replace("Báo cáo của tổ chức, cá nhân nước ngoài được gửi bằng tiếng Việt. ", "")
    for words, state in (("tổ chức, cá nhân nước ngoài", "removed"), ("tổ chức, cá nhân trong nước", "kept")):
        assert placed(quote("dieu-1-khoan-3", words), new).state == state
    # Either sentence begins with the same words: nobody can tell from the new version whose they are.
    for nth in (1, 2):
        found = placed(quote("dieu-1-khoan-3", "tổ chức, cá nhân", nth), new)
        assert found.found is None and [one.words for one in found.rivals] == ["tổ chức, cá nhân"]


def test_equal_words_of_another_clause_are_not_taken_for_removed_ones() -> None:
    new = OLD.replace(" trả lời tổ chức, cá nhân trong", " trả lời trong")
    assert placed(quote("dieu-1-khoan-2", "tổ chức, cá nhân"), new) == Placement("removed")
    without = OLD.replace("a) Cảnh cáo;\nb) Đình chỉ", "a) Đình chỉ")
    assert placed(quote("dieu-2-khoan-2-diem-a", "Cảnh cáo"), without) == Placement("removed")
    assert where(placed(quote("dieu-2-khoan-1-diem-a", "Cảnh cáo"), without), without)[:2] == ("kept", "dieu-2-khoan-1-diem-a")


def test_words_that_changed_a_little_are_shown_as_they_are_now() -> None:
    new = OLD.replace("trong thời hạn 10 ngày làm việc", "trong thời hạn 07 ngày làm việc")
    found = placed(quote("dieu-1-khoan-2", "trong thời hạn 10 ngày làm việc"), new)
    assert where(found, new) == ("changed", "dieu-1-khoan-2", "trong thời hạn 07 ngày làm việc")


def test_other_words_at_the_same_place_are_not_the_quoted_ones() -> None:
    new = OLD.replace("trước ngày 15 tháng 12 hằng năm", "qua cổng dịch vụ công quốc gia")
    assert placed(quote("dieu-1-khoan-1", "trước ngày 15 tháng 12 hằng năm"), new) == Placement("removed")


def test_a_sentence_that_goes_to_another_clause_is_followed() -> None:
    sentence = " Báo cáo của tổ chức, cá nhân trong nước được gửi trực tuyến."
    new = OLD.replace(sentence, "").replace("hằng năm.", "hằng năm." + sentence)
    made = quote("dieu-1-khoan-3", "Báo cáo của tổ chức, cá nhân trong nước được gửi trực tuyến")
    assert where(placed(made, new), new)[:2] == ("moved", "dieu-1-khoan-1")


def test_where_two_places_are_equally_good_none_is_guessed() -> None:
    sentence = " Báo cáo của tổ chức, cá nhân trong nước được gửi trực tuyến."
    new = OLD.replace(sentence, "").replace("hằng năm.", "hằng năm." + sentence).replace("làm việc.", "làm việc." + sentence)
    found = placed(quote("dieu-1-khoan-3", "Báo cáo của tổ chức, cá nhân trong nước được gửi trực tuyến"), new)
    assert (found.found, found.doubtful, len(found.rivals)) == (None, True, 2)


def test_the_whole_of_a_node_is_placed_by_what_became_of_it() -> None:
    old = draft(OLD)
    whole = anchor(old, named(old, "dieu-1-khoan-2").id)
    assert where(placed(whole, OLD), OLD)[:2] == ("kept", "dieu-1-khoan-2")
    new = OLD.replace("10 ngày", "07 ngày")
    assert where(placed(whole, new), new)[:2] == ("changed", "dieu-1-khoan-2")
    line = "2. Cơ quan nhận báo cáo trả lời tổ chức, cá nhân trong thời hạn 10 ngày làm việc.\n"
    assert placed(whole, OLD.replace(line, "")) == Placement("removed")
    halves = placed(anchor(old, named(old, "dieu-1-khoan-3").id), OLD.replace("Việt. Báo cáo", "Việt.\n4. Báo cáo"))
    assert (halves.state, halves.found, len(halves.rivals)) == ("changed", None, 2)
