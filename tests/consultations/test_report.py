"""The consolidated report: every opinion once, in the draft's order, with one of four dispositions."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from consultations.blocks import Line
from consultations.legal import read_legal_text
from consultations.report import DISPOSITIONS, KINDS, Contributor, Cover, Opinion, Part, Place, build, places
from server.kernel.ids import ContributionId
from server.kernel.refused import Refused

COVER = Cover("Sở Tư pháp", "Quyết định mẫu", (date(2026, 9, 1), date(2026, 10, 31)), "Giám đốc")
CITIZEN = Contributor("Người dân", "citizen", True)
ARTICLE_2 = Place(5, "Điều 2. Phạm vi", "Điều 2")
CLAUSE_1 = Place(6, "Điều 2. Phạm vi", "Khoản 1 Điều 2")
ARTICLE_10 = Place(20, "Điều 10. Hiệu lực", "Điều 10")


def opinion(id: int, words: str = "Đồng ý.", **more: object) -> Opinion:
    return replace(Opinion(ContributionId(id), CITIZEN, words, "noted"), **more)


def listed(part: Part) -> list[tuple[str, list[str]]]:
    return [(topic.heading, [row.words for row in topic.rows]) for topic in part.topics]


def test_opinions_stand_in_the_order_of_the_draft_and_those_on_the_whole_come_last() -> None:
    given = [
        opinion(1, "chung"),
        opinion(2, "mười", place=ARTICLE_10),
        opinion(3, "khoản", place=CLAUSE_1),
        opinion(4, "hai", place=ARTICLE_2),
    ]
    assert listed(build(COVER, given).opinions) == [
        ("Điều 2. Phạm vi", ["hai", "khoản"]),
        ("Điều 10. Hiệu lực", ["mười"]),
        ("", ["chung"]),
    ]


def test_social_criticism_is_listed_and_counted_apart() -> None:
    front = Contributor("Hội Mẫu", "front", True)
    report = build(COVER, [opinion(1, "góp ý"), opinion(2, "phản biện", by=front, review=True)])
    assert (listed(report.opinions), listed(report.reviews)) == ([("", ["góp ý"])], [("", ["phản biện"])])
    assert (report.opinions.received, report.reviews.received) == ({"citizen": (1, 0)}, {"front": (1, 0)})


def test_an_opinion_without_its_disposition_is_refused_and_named() -> None:
    with pytest.raises(Refused) as refused:
        build(COVER, [opinion(1), opinion(2, disposition=None)])
    assert (refused.value.code, refused.value.detail) == ("unanswered", {"count": 1, "contributions": [2]})


@pytest.mark.parametrize("disposition", ["partly_accepted", "not_accepted"])
def test_what_is_not_wholly_accepted_is_explained(disposition: str) -> None:
    with pytest.raises(Refused) as refused:
        build(COVER, [opinion(7, disposition=disposition, explanation=" \u200b ")])
    assert (refused.value.code, refused.value.detail) == ("unexplained", {"count": 1, "contributions": [7]})
    assert build(COVER, [opinion(7, disposition=disposition, explanation="Vì trái Luật.")]).rows == 1


def test_an_opinion_is_not_counted_twice() -> None:
    with pytest.raises(Refused) as refused:
        build(COVER, [opinion(1), opinion(2), opinion(1)])
    assert (refused.value.code, refused.value.detail) == ("counted_twice", {"contribution": 1})


def test_the_same_words_answered_together_are_one_row_that_lists_every_contributor() -> None:
    other = Contributor("Hợp tác xã Mẫu", "business")
    together = [opinion(1, place=CLAUSE_1, group=3), opinion(2, place=CLAUSE_1, group=3, by=other), opinion(3, place=CLAUSE_1, group=3)]
    report = build(COVER, [*together, opinion(4, "Đồng ý nhưng…", place=CLAUSE_1, group=3)])
    [topic] = report.opinions.topics
    assert [(row.words, row.contributors) for row in topic.rows] == [("Đồng ý.", (CITIZEN, other, CITIZEN)), ("Đồng ý nhưng…", (CITIZEN,))]
    assert report.opinions.dispositions["noted"] == 4


def test_the_same_words_answered_one_by_one_stay_apart() -> None:
    assert build(COVER, [opinion(1), opinion(2)]).rows == 2


def test_the_same_words_at_two_places_stay_apart() -> None:
    assert build(COVER, [opinion(1, place=ARTICLE_2, group=1), opinion(2, place=CLAUSE_1, group=1)]).rows == 2


def test_what_deceives_the_eye_is_taken_out_of_every_field() -> None:
    ugly = "Một\u202e\x00 hai\x1b[31m\u200b"
    by = Contributor(ugly, "citizen")
    place = Place(1, ugly, ugly)
    report = build(replace(COVER, agency=ugly, basis=(ugly,)), [opinion(1, ugly, by=by, explanation=ugly, place=place, change=ugly)])
    [topic] = report.opinions.topics
    [row] = topic.rows
    said = [report.cover.agency, *report.cover.basis, topic.heading, row.place, row.words, row.explanation, row.change]
    assert {*said, row.contributors[0].name} == {"Một hai[31m"}


def test_lines_of_an_opinion_are_kept_and_those_of_a_name_are_not() -> None:
    [topic] = build(COVER, [opinion(1, "Một\nhai", by=Contributor("Tên\ngiả", "citizen"))]).opinions.topics
    assert (topic.rows[0].words, topic.rows[0].contributors[0].name) == ("Một\nhai", "Tên giả")


def test_places_are_called_as_officials_call_them() -> None:
    text = ["Chương I", "QUY ĐỊNH CHUNG", "Điều 1. Phạm vi", "1. Một.", "a) Điểm a;", "b) Điểm b.", "2. Hai.", "Điều 2. Hiệu lực", "Ngay."]
    draft = read_legal_text(map(Line, text)).draft
    named = [(place.heading, place.label) for place in places(draft).values()]
    assert named == [
        ("Chương I. QUY ĐỊNH CHUNG", "Chương I"),
        ("Điều 1. Phạm vi", "Điều 1"),
        ("Điều 1. Phạm vi", "Khoản 1 Điều 1"),
        ("Điều 1. Phạm vi", "Điểm a khoản 1 Điều 1"),
        ("Điều 1. Phạm vi", "Điểm b khoản 1 Điều 1"),
        ("Điều 1. Phạm vi", "Khoản 2 Điều 1"),
        ("Điều 2. Hiệu lực", "Điều 2"),
    ]
    assert [place.order for place in places(draft).values()] == list(range(7))


OPINIONS = st.builds(
    Opinion,
    st.just(ContributionId(0)),
    st.builds(Contributor, st.sampled_from(["Một", "Hai"]), st.sampled_from(KINDS), st.booleans()),
    st.sampled_from(["Đồng ý.", "Phản đối."]),
    st.sampled_from(DISPOSITIONS),
    st.just("Vì vậy."),
    st.sampled_from([None, ARTICLE_2, CLAUSE_1, ARTICLE_10]),
    st.sampled_from([None, 1, 2]),
    review=st.booleans(),
)


@given(st.lists(OPINIONS, max_size=30))
def test_the_four_dispositions_and_the_kinds_each_add_up_to_the_total(made: list[Opinion]) -> None:
    opinions = [replace(one, id=ContributionId(id)) for id, one in enumerate(made)]
    report = build(COVER, opinions)
    for part, review in ((report.opinions, False), (report.reviews, True)):
        counted = [one for one in opinions if one.review is review]
        assert part.total == len(counted) == sum(map(sum, part.received.values()))
        rows = [row for topic in part.topics for row in topic.rows]
        for disposition in DISPOSITIONS:
            voices = sum(len(row.contributors) for row in rows if row.disposition == disposition)
            assert part.dispositions[disposition] == voices == sum(one.disposition == disposition for one in counted)
