"""A whole meeting on record, for tests of what is written from it."""

from datetime import date, datetime, timedelta

from rooms import conclusions as k
from rooms import events as e
from rooms import motions as m
from rooms.chronicle import AnyEntry, Entry
from rooms.minutes import Cover
from rooms.motions import Rule
from rooms.state import Item, Plan, Seat
from server.kernel.ids import ConclusionId, ItemId, MeetingId, MotionId, Who
from tests.rooms.meeting import NOON
from tests.rooms.motion import CHAIR, MEMBER, OTHER, SECRETARY, SUBSTITUTE, Voting

EIGHT = NOON - timedelta(hours=4)
"""08:00 in Viet Nam."""
GUEST = Who("g7")
NAMES = {CHAIR: "Chủ tịch", SECRETARY: "Thư ký", MEMBER: "Thành viên A", OTHER: "Thành viên B", SUBSTITUTE: "Người dự thay A"}
ROLL = (
    Seat(CHAIR, "chair", "Ủy ban nhân dân tỉnh"),
    Seat(SECRETARY, "secretary", "Văn phòng", 0),
    Seat(MEMBER, "member", "Sở A"),
    Seat(SUBSTITUTE, "member", "Sở A", 0, MEMBER),
    Seat(OTHER, "member", "Sở B"),
)
AGENDA = (
    Item(ItemId(1), Plan("Báo cáo tình hình tháng 10", presenter=OTHER)),
    Item(ItemId(2), Plan("Nội dung mật", readers=(CHAIR, OTHER))),
)
COVER = Cover(
    "Ủy ban nhân dân tỉnh",
    symbol="BB-UBND",
    place="Thành phố thử nghiệm",
    day=date(2026, 11, 2),
    authority="TM. ỦY BAN NHÂN DÂN",
    signer="Chủ tịch",
    names=NAMES,
)
DIGEST = "ab" * 32


class Sitting:
    """Events one after the other; each may be some seconds after the one before."""

    def __init__(self) -> None:
        self.log: list[Entry] = []
        self.now: datetime = EIGHT

    def tell(self, event: AnyEntry, after_s: int = 0) -> None:
        self.now += timedelta(seconds=after_s)
        self.log.append(Entry(len(self.log) + 1, self.now, event))

    def enter(self, who: Who, after_s: int = 0) -> None:
        self.tell(e.Entered(who, NAMES.get(who, "Khách X"), "guest" if who == GUEST else "member", "tab"), after_s)

    def vote(self, number: int, rule: Rule, choices: dict[Who, int | None], text: str) -> None:
        """A motion of three members, put to the vote for two minutes and announced."""
        voting = Voting(rule=rule)
        voting.now, voting.present = self.now, {*choices} - {MEMBER}
        voting.ask(SECRETARY, m.DraftMotion(text, rule=rule))
        voting.ask(CHAIR, m.OpenMotion(120))
        for place, (who, choice) in enumerate(choices.items()):
            voting.vote(who, choice, tracker=f"{9 - place:032x}" if rule.secret else "")
        voting.later(120)
        voting.ask(None, m.CloseDue())
        voting.ask(None, m.Count(voting.box()))
        voting.ask(CHAIR, m.AnnounceMotion())
        self.now = voting.now
        for event in voting.happened:
            self.log.append(Entry(len(self.log) + 1, event.at, _numbered(event, number)))


def _numbered(event: m.AnyMotionEvent, number: int) -> m.AnyMotionEvent:
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return type(event)(**{**fields, "motion": MotionId(number)})


def sitting() -> Sitting:
    """Two hours: one member comes late, leaves and comes back; one sends a substitute; two items, two votes, three conclusions."""
    one = Sitting()
    one.tell(e.Started(MeetingId(1), "Phiên họp thường kỳ tháng 11", True, EIGHT, ROLL, AGENDA, False))
    one.enter(CHAIR)
    one.tell(e.ChairPassed(CHAIR, "came", one.now))
    for who in (SECRETARY, SUBSTITUTE, GUEST):
        one.enter(who, 30)
    for who in (CHAIR, SECRETARY, SUBSTITUTE):
        one.tell(e.Attended(who, one.now))
    one.tell(e.ItemBegun(ItemId(1), one.now), 210)  # 08:05
    one.enter(OTHER, 300)
    one.tell(e.Attended(OTHER, one.now))
    one.tell(e.FloorGiven(OTHER, "statement", "for", "Sở B", None, one.now), 60)  # 08:11
    one.tell(e.FloorEnded(OTHER, "yielded", one.now + timedelta(seconds=120)), 120)
    one.vote(1, Rule(base="members"), {CHAIR: 0, OTHER: 0, SUBSTITUTE: None}, "Thông qua báo cáo")
    one.tell(k.Concluded(k.Conclusion(ConclusionId(1), "Hoàn thiện báo cáo.", "Sở B", date(2026, 12, 5), ItemId(1)), one.now))
    one.tell(k.Concluded(k.Conclusion(ConclusionId(1), "Hoàn thiện, gửi báo cáo.", "Sở B", date(2026, 12, 5), ItemId(1)), one.now))
    one.tell(e.ItemEnded(ItemId(1), one.now))
    one.tell(e.Left(OTHER, lost=False, at=one.now), 600)
    one.enter(OTHER, 600)
    one.tell(e.ItemBegun(ItemId(2), one.now))
    one.tell(e.FloorGiven(OTHER, "reply", None, "Sở B", None, one.now))
    one.tell(e.FloorEnded(OTHER, "over", one.now), 60)
    one.tell(k.Concluded(k.Conclusion(ConclusionId(2), "Kết luận mật", item=ItemId(2)), one.now))
    one.tell(e.ItemEnded(ItemId(2), one.now), 60)
    one.tell(e.ChairPassed(OTHER, "gone", one.now), 60)
    one.tell(e.ChairPassed(CHAIR, "taken", one.now), 60)
    one.vote(2, Rule(base="cast", secret=True), {CHAIR: 1, OTHER: 0, SUBSTITUTE: 1}, "Giới thiệu nhân sự")
    one.tell(k.Concluded(k.Conclusion(ConclusionId(3), "Bỏ"), one.now))
    one.tell(k.ConclusionStruck(ConclusionId(3), one.now))
    one.tell(e.Ended(one.now), 600)
    return one
