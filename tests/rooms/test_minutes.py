"""Minutes and the notice of conclusions: what they say, by which events, and that they agree with the record."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from rooms import events as e
from rooms import motions as m
from rooms.chronicle import Entry, chronicle, kept_apart, may_know, prepares
from rooms.minutes import Attached, Difference, Document, Edit, Kind, Sentence, draft, reconcile, revise
from rooms.motions import Rule
from rooms.state import Seat
from server.kernel.ids import ItemId, MeetingId, MotionId, Who
from server.kernel.refused import Refused
from tests.rooms.motion import CHAIR, MEMBER, OTHER, SECRETARY, SUBSTITUTE
from tests.rooms.sitting import COVER, DIGEST, EIGHT, Sitting, sitting

LOG = sitting().log


def written(document: Document) -> dict[str, Sentence]:
    """The sentences of a document by their keys, which are all different."""
    sentences = [one for part in document.parts for one in part.sentences]
    found = {one.key: one for one in sentences}
    assert len(found) == len(sentences)
    return found


def minutes(whole: bool = False) -> Document:
    return draft("minutes", LOG, replace(COVER, whole=whole), DIGEST)


@pytest.mark.parametrize("kind", ["minutes", "notice"])
def test_every_sentence_points_to_events_on_record(kind: Kind) -> None:
    sentences = written(draft(kind, LOG, COVER, DIGEST))
    assert sentences and all(one.events and set(one.events) <= {entry.number for entry in LOG} for one in sentences.values())
    assert all(one.drafted is None and one.text.endswith((".", ":")) for one in sentences.values())


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("started", "Thời gian bắt đầu: 08 giờ 00 phút, ngày 02 tháng 11 năm 2026."),
        ("venue", "Địa điểm: họp trực tuyến."),
        ("chairs", "Chủ trì (chủ tọa): Chủ tịch, Thành viên B."),
        ("secretaries", "Thư ký (người ghi biên bản): Thư ký."),
        ("attendance/p1", "Chủ tịch (Ủy ban nhân dân tỉnh), chủ tọa: dự họp từ 08 giờ 00 phút đến 08 giờ 51 phút."),
        ("attendance/p3", "Thành viên A (Sở A), thành viên: vắng mặt."),
        (
            "attendance/p4",
            "Người dự thay A (Sở A), thành viên, dự thay Thành viên A: dự họp từ 08 giờ 01 phút đến 08 giờ 51 phút.",
        ),
        (
            "attendance/p5",
            "Thành viên B (Sở B), thành viên: dự họp từ 08 giờ 10 phút đến 08 giờ 25 phút; từ 08 giờ 35 phút đến 08 giờ 51 phút.",
        ),
        ("attendance/g7", "Khách X, khách mời: dự họp từ 08 giờ 01 phút đến 08 giờ 51 phút."),
        ("turn/13", "Thành viên B phát biểu ý kiến (tán thành) từ 08 giờ 11 phút đến 08 giờ 13 phút."),
        ("chair/30", "Thành viên B chủ trì cuộc họp thay người chủ trì vắng mặt từ 08 giờ 38 phút."),
        ("motion/1/text", "Biểu quyết công khai từ 08 giờ 13 phút đến 08 giờ 15 phút: “Thông qua báo cáo”."),
        (
            "motion/1/result",
            "Kết quả: 2/3 thành viên - cần ≥ 2 - THÔNG QUA. Phiếu: 3 trực tuyến. "
            "Đồng ý: 2; Không đồng ý: 0; Không biểu quyết: 1; Không bỏ phiếu: 0.",
        ),
        (
            "motion/1/votes",
            "Đồng ý: Chủ tịch, Thành viên B. Không biểu quyết: Thành viên A (do Người dự thay A biểu quyết thay).",
        ),
        (
            "conclusion/1",
            "1. Hoàn thiện, gửi báo cáo. Chủ trì thực hiện: Sở B. Thời hạn hoàn thành: ngày 05 tháng 12 năm 2026.",
        ),
        ("record", f"Biên bản được lập từ nhật ký cuộc họp gồm 39 sự kiện, mã kiểm tra {DIGEST}."),
        ("ended", "Cuộc họp kết thúc vào 08 giờ 51 phút, ngày 02 tháng 11 năm 2026./."),
    ],
)
def test_minutes_say(key: str, text: str) -> None:
    assert written(minutes())[key].text == text


def test_minutes_have_the_parts_of_their_form_in_its_order() -> None:
    document = minutes()
    assert (document.title, document.subject) == ("BIÊN BẢN", "Phiên họp thường kỳ tháng 11")
    assert [part.heading for part in document.parts if part.heading] == [
        "Thành phần tham dự",
        "Nội dung (theo diễn biến cuộc họp)",
        "1. Báo cáo tình hình tháng 10",
        "2. Nội dung có người dự riêng",
        "Kết luận của người chủ trì",
    ]
    assert [(one.title, one.name) for one in document.signatures] == [("THƯ KÝ", "Thư ký"), ("CHỦ TỌA", "Chủ tịch")]


def test_what_only_some_may_know_stands_only_in_the_minutes_for_them() -> None:
    assert {"turn/26", "conclusion/2"} & written(minutes()).keys() == set()
    assert "mật" not in " ".join([part.heading for part in minutes().parts] + [one.text for one in written(minutes()).values()])
    whole = minutes(whole=True)
    assert {"turn/26", "conclusion/2"} <= written(whole).keys() and "2. Nội dung mật" in [part.heading for part in whole.parts]


def test_a_reader_of_an_item_finds_it_in_the_minutes_and_on_record_and_nobody_else_does() -> None:
    for who, knows in {CHAIR: True, OTHER: True, MEMBER: False, Who("g7"): False, None: False}.items():
        keys = written(draft("minutes", LOG, replace(COVER, reader=who), DIGEST)).keys()
        assert ({"turn/26", "conclusion/2"} <= keys) is knows and ({"turn/26", "conclusion/2"} & keys != set()) is knows
        assert kept_apart(chronicle(LOG), who) == (frozenset() if knows else frozenset({26, 27, 28}))


def test_chair_and_secretary_write_minutes_and_hosts_only_where_the_roll_names_no_chair() -> None:
    told = chronicle(LOG)
    assert [prepares(told, who, host=True) for who in (CHAIR, SECRETARY, MEMBER, OTHER, Who("p9"))] == [True, True, False, False, False]
    presided = chronicle([entry for entry in LOG if entry.number < 31])  # while another one presides
    assert prepares(presided, OTHER, host=False) and not prepares(presided, MEMBER, host=False)
    left_over = chronicle([*(entry for entry in LOG if entry.number < 31), Entry(31, EIGHT, e.Ended(EIGHT))])
    assert not prepares(left_over, OTHER, host=False), "whoever stays last, when the others go home, does not write the minutes"
    small = chronicle([Entry(1, EIGHT, e.Started(MeetingId(1), "Họp", True, EIGHT))])
    assert prepares(small, Who("p9"), host=True) and not prepares(small, Who("p9"), host=False)


def test_a_motion_that_was_written_in_an_item_for_some_stays_theirs_wherever_it_was_put_to_the_vote() -> None:
    one = Sitting()
    one.tell(LOG[0].event)
    one.tell(e.ItemBegun(ItemId(2), one.now))
    one.tell(m.MotionDrafted(MotionId(5), one.now, "Bổ nhiệm", (), Rule()))
    one.tell(e.ItemEnded(ItemId(2), one.now))
    one.tell(e.ItemBegun(ItemId(1), one.now))
    one.tell(m.MotionOpened(MotionId(5), one.now, one.now + timedelta(hours=1), (), None, frozenset()))
    one.tell(m.MotionWithdrawn(MotionId(5), one.now, "Hoãn"))
    for who, knows in ((CHAIR, True), (MEMBER, False), (None, False)):
        sentences = written(draft("minutes", one.log, replace(COVER, reader=who), DIGEST))
        assert ("motion/5/text" in sentences) is knows
        assert kept_apart(chronicle(one.log), who) == (frozenset() if knows else frozenset({3, 6, 7}))


def test_a_substitute_of_a_reader_may_know_what_the_reader_may() -> None:
    log = list(LOG)
    assert isinstance(log[0].event, e.Started)
    _, secret = log[0].event.agenda
    log[0] = replace(log[0], event=replace(log[0].event, agenda=(replace(secret, plan=replace(secret.plan, readers=(MEMBER,))),)))
    told = chronicle(log)
    assert [may_know(told, ItemId(2), who) for who in (MEMBER, SUBSTITUTE, CHAIR)] == [True, True, False]


def test_of_a_secret_vote_the_minutes_name_nobody() -> None:
    about = [one.text for key, one in written(minutes(whole=True)).items() if key.startswith("motion/2/")]
    assert len(about) == 2 and not any("Chủ tịch" in text or "Thành viên" in text for text in about)


def test_the_notice_has_the_conclusions_and_what_was_decided() -> None:
    document = draft("notice", LOG, COVER, DIGEST)
    assert (document.title, document.subject) == ("THÔNG BÁO", "Kết luận của Chủ tịch tại phiên họp thường kỳ tháng 11")
    assert list(written(document)) == [*("opening", "concluding", "conclusion/1", "motion/1/result", "motion/2/result", "closing")]
    assert written(document)["motion/2/result"].text == "“Giới thiệu nhân sự”: 1/3 phiếu - cần ≥ 2 - KHÔNG THÔNG QUA."
    assert document.signatures[0].title == "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH"


def test_minutes_are_drafted_while_the_meeting_goes_on_and_of_nothing_at_all() -> None:
    for end in range(len(LOG)):
        written(draft("minutes", LOG[:end], COVER, DIGEST))
        written(draft("notice", LOG[:end], COVER, DIGEST))


def test_an_item_taken_up_again_goes_on_under_its_number_and_a_withdrawn_motion_is_told() -> None:
    one = Sitting()
    one.tell(e.Started(MeetingId(1), "Họp", True, EIGHT, (), LOG[0].event.agenda if isinstance(LOG[0].event, e.Started) else ()))
    for _ in range(2):
        one.tell(e.ItemBegun(ItemId(1), one.now))
    one.tell(m.MotionDrafted(MotionId(5), one.now, "Thông qua", (), Rule()))
    one.tell(m.MotionOpened(MotionId(5), one.now, one.now + timedelta(hours=1), (), None, frozenset()))
    document = draft("minutes", one.log, COVER, DIGEST)
    assert written(document)["motion/5/result"].text == "Việc biểu quyết chưa kết thúc khi lập biên bản."
    assert [part.heading for part in document.parts][-3:-1] == [
        "1. Báo cáo tình hình tháng 10",
        "1. Báo cáo tình hình tháng 10 (tiếp theo)",
    ]
    one.tell(m.MotionWithdrawn(MotionId(5), one.now, "Hoãn"))
    assert written(draft("minutes", one.log, COVER, DIGEST))["motion/5/result"].text == "Nội dung này đã được rút, không biểu quyết."


def test_who_had_to_wait_for_the_end_of_an_item_was_not_there_meanwhile() -> None:
    one = Sitting()
    one.tell(e.Started(MeetingId(1), "Họp", True, EIGHT))
    one.enter(CHAIR)
    one.enter(OTHER)
    one.tell(e.SentOut((OTHER, MEMBER), one.now), 60)
    one.tell(e.LetBack((OTHER,), one.now), 60)
    one.tell(e.Removed(OTHER, one.now), 60)
    one.tell(e.Ended(one.now), 60)
    sentences = written(draft("minutes", one.log, COVER, DIGEST))
    there = "dự họp từ 08 giờ 00 phút đến 08 giờ 01 phút; từ 08 giờ 02 phút đến 08 giờ 03 phút"
    assert sentences["attendance/p5"].text == f"Thành viên B: {there}."
    assert sentences["attendance/p5"].events == (3, 4, 5, 6) and "attendance/p3" not in sentences


def test_who_is_not_known_by_name_any_more_is_left_blank() -> None:
    one = Sitting()
    one.tell(e.Started(MeetingId(1), "Họp", True, EIGHT))
    one.tell(e.Entered(Who("g9"), "", "guest", "tab"))
    assert written(draft("minutes", one.log, COVER, DIGEST))["attendance/g9"].text.startswith("…………: dự họp")


def test_who_stayed_away_is_called_as_on_the_roll() -> None:
    one = Sitting()
    one.tell(e.Started(MeetingId(1), "Họp", True, EIGHT, (Seat(Who("p8"), "member", "Sở C", name="Thành viên C"),)))
    one.tell(e.RollSet((Seat(Who("p8"), "member", "Sở C"), Seat(Who("p9"), "member", name="Thành viên D")), one.now))
    sentences = written(draft("minutes", one.log, COVER, DIGEST))
    assert sentences["attendance/p8"].text == "Thành viên C (Sở C), thành viên: vắng mặt."
    assert sentences["attendance/p9"].text == "Thành viên D, thành viên: vắng mặt."


def test_opinions_on_slips_and_objections_to_the_count_are_told() -> None:
    log = list(LOG)
    place = next(place for place, entry in enumerate(log) if isinstance(entry.event, m.MotionCounted))
    counted = log[place].event
    assert isinstance(counted, m.MotionCounted)
    ballots = (replace(counted.box.ballots[0], opinion="Đề nghị bổ sung kinh phí"), *counted.box.ballots[1:])
    log[place] = replace(log[place], event=replace(counted, box=m.Box(ballots)))
    log.append(Entry(len(log) + 1, log[-1].at, m.Objected(counted.motion, log[-1].at, OTHER, "Phiếu của tôi ghi sai")))
    sentences = written(draft("minutes", log, COVER, DIGEST))
    assert sentences[f"motion/1/opinion/{CHAIR}"].text == "Chủ tịch ghi ý kiến: “Đề nghị bổ sung kinh phí”."
    assert sentences["motion/1/objection/40"].text == "Thành viên B nêu ý kiến về kết quả kiểm phiếu: “Phiếu của tôi ghi sai”."


FILES = (
    Attached(MotionId(1), CHAIR, ("góp ý 2026.docx", "số liệu <1>.pdf")),
    Attached(MotionId(1), MEMBER, ("một tệp.pdf",)),
    Attached(MotionId(2), CHAIR, ("của phiếu kín.pdf",)),
    Attached(MotionId(9), CHAIR, ("của cuộc họp khác.pdf",)),
)


def test_the_files_to_an_opinion_are_named_after_it_and_agree_with_the_record() -> None:
    document = draft("minutes", LOG, replace(COVER, files=FILES), DIGEST)
    sentences = written(document)
    told = {key: one.text for key, one in sentences.items() if "/files/" in key}
    assert told == {
        f"motion/1/files/{CHAIR}": "Chủ tịch gửi kèm ý kiến 2 tệp: “góp ý 2026.docx”, “số liệu <1>.pdf”.",
        f"motion/1/files/{MEMBER}": "Thành viên A (do Người dự thay A biểu quyết thay) gửi kèm ý kiến 1 tệp: “một tệp.pdf”.",
    }
    assert sentences[f"motion/1/files/{CHAIR}"].events == sentences["motion/1/votes"].events
    assert reconcile(document, LOG) == []
    assert document.cover.files == FILES[:2], "of another meeting, and of what is secret, it keeps nothing"
    before = [entry for entry in LOG if not isinstance(entry.event, m.MotionCounted)]
    assert not draft("minutes", before, replace(COVER, files=FILES), DIGEST).cover.files, "until the count nobody learns of them"


def test_of_files_to_an_opinion_on_what_only_some_may_know_others_find_no_trace() -> None:
    one = Sitting()
    one.tell(LOG[0].event)
    one.tell(e.ItemBegun(ItemId(2), one.now))
    one.vote(5, Rule(), {CHAIR: 0, OTHER: 0, SUBSTITUTE: None}, "Bổ nhiệm")
    one.tell(e.ItemEnded(ItemId(2), one.now))
    files = (Attached(MotionId(5), OTHER, ("lý lịch.pdf",)),)
    for who, knows in ((CHAIR, True), (MEMBER, False), (None, False)):
        document = draft("minutes", one.log, replace(COVER, reader=who, files=files), DIGEST)
        assert (f"motion/5/files/{OTHER}" in written(document)) is knows and bool(document.cover.files) is knows


# --- what the secretary writes -------------------------------------------------------------------------------------------


def test_what_the_secretary_wrote_is_marked_with_what_had_been_drafted() -> None:
    drafted = written(minutes())["conclusion/1"].text
    edited = revise(minutes(), [Edit("conclusion/1", drafted.replace("gửi", "trình"))])
    assert written(edited)["conclusion/1"].drafted == drafted
    assert [key for key, one in written(edited).items() if one.drafted is not None] == ["conclusion/1"]
    assert revise(edited, [Edit("conclusion/1", drafted)]) == minutes()
    twice = revise(edited, [Edit("conclusion/1", "Khác")])
    assert written(twice)["conclusion/1"].drafted == drafted


def test_what_is_written_about_an_item_for_some_has_no_place_in_the_minutes_for_all() -> None:
    [item] = [part for part in minutes(whole=True).parts if part.heading == "2. Nội dung mật"]
    for key in (one.key for one in item.sentences):
        for edit in (Edit(key, "Bàn về nhân sự."), Edit("own/1", "Bàn về nhân sự.", after=key)):
            revise(minutes(whole=True), [edit])
            with pytest.raises(Refused, match="not_found"):
                revise(minutes(), [edit])


def test_the_secretary_adds_sentences_and_strikes_them_out() -> None:
    document = revise(minutes(), [Edit("own/1", "Các đại biểu thảo luận sôi nổi.", after="turn/13"), Edit("turn/13", "")])
    keys = list(written(document))
    assert keys[keys.index("turn/13") + 1] == "own/1"
    assert (written(document)["own/1"].drafted, written(document)["turn/13"].text) == ("", "")
    assert written(revise(document, [Edit("own/1", "Khác.")]))["own/1"].drafted == ""


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (Edit("nowhere", "Khác"), "not_found"),
        (Edit("own/1", "Khác", after="nowhere"), "not_found"),
        (Edit("turn/13", "Khác", after="started"), "already"),
        (Edit("turn/13", "a" * 10_001), "too_long"),
    ],
)
def test_what_cannot_be_written_is_refused(edit: Edit, code: str) -> None:
    with pytest.raises(Refused) as refused:
        revise(minutes(), [edit])
    assert refused.value.code == code


# --- minutes and record --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["minutes", "notice"])
def test_what_was_drafted_agrees_with_the_record_also_when_that_grew(kind: Kind) -> None:
    document = draft(kind, LOG[:-1], COVER, DIGEST)
    assert reconcile(document, LOG[:-1]) == reconcile(document, LOG) == []


def test_other_words_agree_and_other_numbers_do_not() -> None:
    text = written(minutes())["turn/13"].text
    assert (
        reconcile(
            revise(minutes(), [Edit("turn/13", text.replace("phát biểu", "trình bày")), Edit("own/1", "Ghi thêm.", after="ended")]), LOG
        )
        == []
    )
    assert reconcile(revise(minutes(), [Edit("turn/13", "")]), LOG) == []
    changed = text.replace("13 phút", "14 phút")
    assert reconcile(revise(minutes(), [Edit("turn/13", changed)]), LOG) == [Difference("turn/13", "numbers", text, changed)]


@pytest.mark.parametrize(
    ("key", "was", "made", "wrong"),
    [
        ("motion/1/result", "Đồng ý: 2; Không đồng ý: 0", "Đồng ý: 0; Không đồng ý: 2", "numbers"),
        ("motion/1/result", "THÔNG QUA", "KHÔNG THÔNG QUA", "differs"),
        ("motion/1/votes", "Đồng ý: Chủ tịch, Thành viên B", "Không đồng ý: Chủ tịch. Đồng ý: Thành viên B", "differs"),
    ],
)
def test_what_came_of_a_vote_is_not_written_otherwise_unnoticed(key: str, was: str, made: str, wrong: str) -> None:
    text = written(minutes())[key].text
    assert was in text
    changed = text.replace(was, made)
    assert reconcile(revise(minutes(), [Edit(key, changed)]), LOG) == [Difference(key, wrong, text, changed)]  # type: ignore[arg-type]


def with_sentences(document: Document, sentences: dict[str, Sentence | None]) -> Document:
    """The document with other sentences, or without those that are None."""
    parts = []
    for part in document.parts:
        others = [sentences.get(one.key, one) for one in part.sentences]
        parts.append(replace(part, sentences=tuple(one for one in others if one is not None)))
    return replace(document, parts=tuple(parts))


def test_a_sentence_that_was_changed_without_a_mark_left_out_or_made_up_is_named() -> None:
    document = minutes()
    one = written(document)["motion/1/result"]
    changed = replace(one, text=one.text.replace("THÔNG QUA", "KHÔNG THÔNG QUA"))
    assert reconcile(with_sentences(document, {one.key: changed}), LOG) == [Difference(one.key, "differs", one.text, changed.text)]
    assert reconcile(with_sentences(document, {one.key: None}), LOG) == [Difference(one.key, "missing", one.text, "")]
    made_up = replace(one, key="motion/9/result")
    assert reconcile(with_sentences(document, {one.key: made_up}), LOG) == [
        Difference("motion/9/result", "unfounded", "", one.text),
        Difference(one.key, "missing", one.text, ""),
    ]
    pretended = replace(one, text=changed.text, drafted=changed.text)
    assert [found.wrong for found in reconcile(with_sentences(document, {one.key: pretended}), LOG)] == ["differs"]


def test_a_record_without_an_event_that_the_minutes_tell_does_not_agree_with_them() -> None:
    told = {number for one in written(minutes(whole=True)).values() for number in one.events}
    assert len(told) > 30
    for number in told:
        assert reconcile(minutes(whole=True), [entry for entry in LOG if entry.number != number])


def test_votes_that_do_not_give_the_result_on_record_are_named() -> None:
    log = list(LOG)
    for place, entry in enumerate(log):
        if isinstance(entry.event, m.MotionCounted) and entry.event.motion == 1:
            ballots = tuple(replace(ballot, choice=1) for ballot in entry.event.box.ballots if ballot.member != MEMBER)
            log[place] = replace(entry, event=replace(entry.event, box=m.Box(ballots)))
    assert Difference(
        "motion/1/result",
        "miscounted",
        "2/3 thành viên - cần ≥ 2 - THÔNG QUA",
        "0/3 thành viên - cần ≥ 2 - KHÔNG THÔNG QUA",
    ) in reconcile(draft("minutes", log, COVER, DIGEST), log)
