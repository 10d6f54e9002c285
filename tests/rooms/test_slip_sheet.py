"""The count of a slip as a document: what it says, by which events, and its digest."""

import msgspec
from msgspec.structs import replace

from rooms import motions as m
from rooms.chronicle import Entry
from rooms.minutes import Attached, Document, Sentence
from rooms.motions import Rule
from rooms.slip_sheet import chain, sheet
from server.kernel.ids import MotionId, Who
from tests.rooms.motion import CHAIR, MEMBER, OTHER, SUBSTITUTE, Voting
from tests.rooms.test_voting import LATER

AGENCY, NAMES = "Văn phòng Ủy ban", {CHAIR: "Chủ tịch", SUBSTITUTE: "Người dự thay A"}
FILES = (Attached(MotionId(1), OTHER, ("y-kien.pdf",)),)
ONE, TWO, THREE = ("0" * 31 + digit for digit in "123")


def slip(rule: Rule = Rule(base="members"), *, trackers: tuple[str, ...] = ("", "")) -> list[Entry]:  # noqa: B008
    """Three members were asked, and later given more time; two answered, each with an opinion; or all in secret."""
    voting = Voting(rule=rule)
    voting.present = set()
    voting.opened(600)
    for who, tracker in zip((CHAIR, OTHER, MEMBER), trackers, strict=False):
        voting.vote(who, 0, tracker=tracker)
    voting.ballots = [replace(one, opinion=f"Lời của {one.member}") for one in voting.ballots]
    voting.ask(CHAIR, LATER)
    voting.later(7_200)
    voting.ask(None, m.CloseDue())
    voting.ask(None, m.Count(voting.box()))
    voting.ask(OTHER, m.Object("Thiếu phiếu của tôi"))
    voting.ask(CHAIR, m.AnnounceMotion())
    return [Entry(number, event.at, event) for number, event in enumerate(voting.happened, start=1)]


def made(log: list[Entry], *, whole: bool = False) -> Document:
    document = sheet(log, AGENCY, NAMES, FILES, whole=whole)
    assert document is not None
    return document


def said(document: Document) -> dict[str, Sentence]:
    return {one.key: one for part in document.parts for one in part.sentences}


def test_the_sheet_says_what_was_asked_until_when_and_what_came_of_it_each_by_its_events() -> None:
    log = slip()
    kinds = [type(entry.event) for entry in log]
    assert kinds == [m.MotionDrafted, m.MotionOpened, m.MotionDelayed, m.MotionClosed, m.MotionCounted, m.Objected, m.MotionAnnounced]
    found = said(document := made(log))
    assert {key: one.events for key, one in found.items()} == {
        **dict.fromkeys(("text", "rule"), (1,)),
        **dict.fromkeys(("result", "votes", "opinions"), (5,)),
        **{key: (number,) for key, number in (("sent", 2), ("delay/3", 3), ("closed", 4), ("announced", 7), ("record", 7))},
        "papers": (2, 5),
        "objection/6": (6,),
    }
    assert "hạn gửi lại 12 giờ 10 phút" in found["sent"].text and "từ 12 giờ 10 phút" in found["delay/3"].text
    assert "khi hết hạn" in found["closed"].text and found["text"].text == "“Thông qua nghị quyết”"
    assert found["papers"].text == "Số phiếu gửi đi: 3. Số phiếu thu về: 2. Số phiếu không thu về: 1."
    assert "2/3 thành viên - cần ≥ 2 - THÔNG QUA" in found["result"].text
    assert found["votes"].text == "Đồng ý: Chủ tịch, Thành viên B."
    assert [one.name for one in document.signatures] == ["…………", "Chủ tịch"] and document.through == 7


def test_opinions_and_the_names_of_their_files_are_in_the_whole_sheet_alone() -> None:
    log = slip()
    open_to_all, whole = "".join(one.text for one in said(made(log)).values()), said(made(log, whole=True))
    assert "Có 2 phiếu ghi ý kiến" in open_to_all and "Lời của" not in open_to_all and "y-kien.pdf" not in open_to_all
    assert whole[f"opinion/{OTHER}"].text == f"Thành viên B ghi ý kiến: “Lời của {OTHER}”." and "y-kien.pdf" in whole[f"files/{OTHER}"].text


def test_of_a_secret_slip_it_says_who_voted_and_not_how() -> None:
    log = slip(Rule(base="cast", secret=True), trackers=(ONE, TWO, THREE))
    found = said(made(log, whole=True))
    assert found["voters"].text == "Người đã bỏ phiếu: Chủ tịch, Thành viên A, Thành viên B." and "bỏ phiếu kín" in found["sent"].text
    assert "votes" not in found and not any(ONE in one.text for one in found.values())


def test_there_is_no_sheet_before_the_count_nor_of_what_was_withdrawn() -> None:
    assert sheet(slip()[:4], AGENCY, NAMES, (), whole=True) is None
    voting = Voting().opened()
    voting.ask(CHAIR, m.WithdrawMotion("Chưa chín"))
    assert sheet([Entry(number, one.at, one) for number, one in enumerate(voting.happened, start=1)], AGENCY, NAMES, (), whole=True) is None


def test_what_has_no_order_stands_in_one_order_in_the_chain() -> None:
    opened = slip()[1]
    assert isinstance(opened.event, m.MotionOpened)
    crowd = [Who(f"p{number}") for number in range(1, 10)]
    [link] = chain(MotionId(1), [replace(opened, event=replace(opened.event, present=frozenset(crowd)))])
    assert msgspec.json.decode(link.body)["present"] == crowd


def test_one_altered_ballot_gives_another_digest_and_an_erased_name_does_not() -> None:
    log = slip()
    digest = made(log).digest
    assert digest in said(made(log))["record"].text and chain(MotionId(1), log)[-1].digest == digest
    counted, opened = log[4].event, log[1].event
    assert isinstance(counted, m.MotionCounted) and isinstance(opened, m.MotionOpened)
    ballots = tuple(replace(one, choice=1 if one.member == OTHER else one.choice) for one in counted.box.ballots)
    other = replace(counted, box=replace(counted.box, ballots=ballots))
    assert made([*log[:4], replace(log[4], event=other), *log[5:]]).digest != digest
    nameless = replace(opened, roll=tuple(replace(one, name="") for one in opened.roll))
    wordless = replace(counted, box=replace(counted.box, ballots=tuple(replace(one, opinion="") for one in counted.box.ballots)))
    erased = [log[0], replace(log[1], event=nameless), *log[2:4], replace(log[4], event=wordless), *log[5:]]
    assert made(erased).digest == digest and "…………" in said(made(erased))["votes"].text
