"""A whole meeting, decided, put on record, checked, read back and written down; and one altered event that is found."""

from collections.abc import Sequence

from msgspec.structs import replace

from rooms import commands as c
from rooms import conclusions as k
from rooms import motions as m
from rooms.chronicle import PERSONAL, AnyEntry, Entry, chronicle, read_log
from rooms.minutes import draft, reconcile
from rooms.motions import Rule
from rooms.record import Fault, Link, Opening, append, check
from rooms.roll import is_present
from rooms.voting import voters
from server.kernel.ids import ConclusionId, MeetingId, Who
from tests.rooms.meeting import CHAIR, DEPUTY, GUEST, MEMBER, OTHER_MEMBER, ROLL, SECRETARY, SUBSTITUTE, Meeting
from tests.rooms.motion import Voting
from tests.rooms.sitting import COVER

MEETING = MeetingId(1)


class Recorded:
    """A meeting of which every event goes on record at once."""

    def __init__(self) -> None:
        self.meeting = Meeting(lobby=False, roll=ROLL)
        self.links: list[Link] = []
        self.beside: list[Opening] = []
        self.log: list[Entry] = []

    def ask(self, who: str, command: c.Command) -> None:
        self.put(self.meeting.ask(Who(who), command))

    def put(self, events: Sequence[AnyEntry]) -> None:
        for event in events:
            last = self.links[-1] if self.links else None
            link, sealed = append(MEETING, last, self.meeting.now, event, PERSONAL, b"%032d" % len(self.links))
            self.links.append(link)
            self.beside += sealed
            self.log.append(Entry(link.number, link.at, event))


def held() -> Recorded:
    """A meeting of ten minutes: the chair, a member's substitute and a guest; a turn, a vote, a conclusion; the deputy takes over."""
    one = Recorded()
    for who in (CHAIR, SECRETARY, DEPUTY, SUBSTITUTE, OTHER_MEMBER, GUEST):
        one.ask(who, c.Enter())
    for who in (CHAIR, DEPUTY, SUBSTITUTE):
        one.ask(who, c.Attend())
    one.ask(SUBSTITUTE, c.RaiseHand(side="for"))
    one.ask(CHAIR, c.GiveFloor(SUBSTITUTE, 120))
    one.meeting.after(60)
    one.ask(SUBSTITUTE, c.YieldFloor())
    state = one.meeting.state
    voting = Voting(
        roll=voters(state.roll.values(), {who: member.name for who, member in state.members.items()}), rule=Rule(base="present")
    )
    voting.now, voting.present = one.meeting.now, set(state.members)
    voting.chair, voting.secretary = CHAIR, SECRETARY
    voting.attended = {who for who in state.members if is_present(state, who)}
    voting.opened(60)
    voting.vote(CHAIR, 0)
    voting.vote(SUBSTITUTE, 0)
    voting.counted()
    voting.ask(CHAIR, m.AnnounceMotion())
    one.put(voting.happened)
    one.put([k.decide_conclusion({}, k.Conclude("Triển khai", "Sở Tài chính"), k.Context(one.meeting.now, True, None, ConclusionId(1)))])
    one.ask(CHAIR, c.Leave())
    one.meeting.after(600)
    one.ask(DEPUTY, c.TakeChair())
    one.ask(DEPUTY, c.EndMeeting())
    return one


def test_a_meeting_is_read_back_from_its_record_and_its_minutes_agree_with_it() -> None:
    one = held()
    assert check(MEETING, one.links, one.beside) is None
    assert read_log(one.links, one.beside) == one.log
    minutes = draft("minutes", one.log, COVER, one.links[-1].digest)
    assert reconcile(minutes, read_log(one.links, one.beside)) == []
    said = {sentence.key: sentence.text for part in minutes.parts for sentence in part.sentences}
    assert said["motion/1/result"].startswith("Kết quả: 2/3 thành viên có mặt - cần ≥ 2 - THÔNG QUA. Phiếu: 2 trực tuyến.")
    assert any(f"dự thay {COVER.names.get(MEMBER, '')}" in text for text in said.values())


def test_without_the_names_the_chain_and_what_was_done_are_the_same() -> None:
    one = held()
    assert check(MEETING, one.links) is None
    nameless, named = chronicle(read_log(one.links, ())), chronicle(one.log)
    assert set(nameless.names.values()) == {""} and nameless.stays == named.stays
    assert [type(what) for what in nameless.course] == [type(what) for what in named.course]


def test_one_altered_event_of_a_meeting_is_named() -> None:
    one = held()
    counted = next(place for place, entry in enumerate(one.log) if isinstance(entry.event, m.MotionCounted))
    altered = replace(one.links[counted], body=one.links[counted].body.replace(b'"passed"', b'"reject"'))
    assert check(MEETING, [*one.links[:counted], altered, *one.links[counted + 1 :]]) == Fault(counted + 1, "altered")
