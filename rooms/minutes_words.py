"""The sentences of minutes and notices. They are Vietnamese whoever reads them, for they are official documents."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from rooms.chronicle import Chronicle, Moment, Parted, Presided, Stay, Turn, Voted
from rooms.conclusions import Conclusion
from rooms.motions import Ballot, Result
from rooms.state import Duty
from rooms.tally import line, origins_line, standing
from server.kernel.ids import Who
from server.kernel.vietnam import VIETNAM

BLANK = "…………"
"""Left to be written by hand."""

DUTIES: Mapping[Duty, str] = {
    "chair": "chủ tọa",
    "deputy": "phó chủ tọa",
    "secretary": "thư ký",
    "member": "thành viên",
    "guest": "khách mời",
    "observer": "quan sát viên",
    "technician": "cán bộ kỹ thuật",
}
_SPOKE = {"statement": "phát biểu ý kiến", "reply": "phát biểu trả lời", "point_of_order": "nêu ý kiến về thủ tục"}
_SIDES = {"for": " (tán thành)", "against": " (không tán thành)", None: ""}
_PRESIDED = {
    "came": "chủ trì cuộc họp từ",
    "taken": "tiếp nhận việc chủ trì cuộc họp từ",
    "given": "được giao chủ trì cuộc họp từ",
    "gone": "chủ trì cuộc họp thay người chủ trì vắng mặt từ",
}


def day(at: datetime | date) -> str:
    """A day as Decree 30/2020 writes it: days below 10 and the months 1 and 2 have a zero before them."""
    one = at.astimezone(VIETNAM).date() if isinstance(at, datetime) else at
    return f"ngày {one.day:02} tháng {f'{one.month:02}' if one.month < 3 else one.month} năm {one.year}"


def clock(at: datetime) -> str:
    """The time of day: ``08 giờ 05 phút``."""
    return f"{at.astimezone(VIETNAM):%H giờ %M phút}"


def moment(at: datetime) -> str:
    """Time and day."""
    return f"{clock(at)}, {day(at)}"


def span(from_: Moment, to: Moment | None) -> str:
    """From when to when; a second day is named."""
    if to is None:
        return f"từ {clock(from_.at)}"
    same = from_.at.astimezone(VIETNAM).date() == to.at.astimezone(VIETNAM).date()
    return f"từ {clock(from_.at)} đến {clock(to.at) if same else moment(to.at)}"


def stay(one: Stay) -> str:
    """From when to when somebody was inside."""
    return span(one.came, one.left)


def name_of(told: Chronicle, names: Mapping[Who, str], who: Who | None) -> str:
    """The name that is given, or that with which one came in or stands on the roll; a blank for who is not known any more."""
    return BLANK if who is None else names.get(who) or told.names.get(who) or BLANK


def inner(title: str) -> str:
    """A title inside a sentence: without its capital."""
    return title[:1].lower() + title[1:]


def turn(told: Chronicle, names: Mapping[Who, str], one: Turn) -> str:
    """That somebody had the floor."""
    return f"{name_of(told, names, one.who)} {_SPOKE[one.kind]}{_SIDES[one.side]} {span(one.from_, one.to)}."


def presided(told: Chronicle, names: Mapping[Who, str], one: Presided) -> str:
    """That somebody took the chair."""
    return f"{name_of(told, names, one.who)} {_PRESIDED[one.why]} {clock(one.from_.at)}."


def parted(told: Chronicle, names: Mapping[Who, str], one: Parted) -> str:
    """That the meeting parted into groups, and who was in each."""
    groups = [f"Nhóm {group}: {', '.join(name_of(told, names, who) for who in one.groups[group])}." for group in sorted(one.groups)]
    return " ".join([f"Cuộc họp chia thành {len(groups)} nhóm thảo luận {span(one.from_, one.to)}.", *groups])


def conclusion(one: Conclusion) -> str:
    """What is to be done, by whom, until when."""
    owner = f" Chủ trì thực hiện: {one.owner}." if one.owner else ""
    due = f" Thời hạn hoàn thành: {day(one.due)}." if one.due is not None else ""
    return f"{one.text.rstrip('.;')}.{owner}{due}"


def result_line(one: Result) -> str:
    """The result with its arithmetic, in Vietnamese."""
    return line(one, str)


def voted(
    told: Chronicle, names: Mapping[Who, str], one: Voted, files: Mapping[Who, tuple[str, ...]]
) -> Iterable[tuple[str, str, tuple[int, ...]]]:
    """What there is to say of a vote: a name for each sentence, its words, the numbers of its events. ``files`` are the names of those to
    opinions, by member."""
    motion, came = one.motion, one.motion.result
    way = "kín" if motion.rule.secret else "công khai"
    options = f" Các phương án: {'; '.join(motion.options)}." if motion.options else ""
    times = "" if motion.opened_at is None else f" từ {clock(motion.opened_at)}"
    times += "" if motion.closed_at is None else f" đến {clock(motion.closed_at)}"
    yield "text", f"Biểu quyết {way}{times}: “{motion.text}”.{options}", one.numbers
    for place, delay in enumerate(motion.delays, start=1):
        yield (
            f"delay/{place}",
            f"Hạn biểu quyết được lùi từ {moment(delay.before)} đến {moment(delay.until)}: “{delay.reason}”.",
            one.numbers,
        )
    if motion.phase == "withdrawn":
        yield "result", "Nội dung này đã được rút, không biểu quyết.", one.numbers[-1:]
    elif came is None:
        yield "result", "Việc biểu quyết chưa kết thúc khi lập biên bản.", one.numbers
    else:
        origins = origins_line(came, str)
        yield "result", f"Kết quả: {result_line(came)}.{f' Phiếu: {origins}.' if origins else ''} {_sums(came)}", one.numbers
        if not motion.rule.secret:
            yield "votes", _who_voted_what(told, names, one), one.numbers
            for ballot in standing(one.box.ballots).values():
                voter = _voter(told, names, one, ballot)
                if ballot.opinion:
                    yield f"opinion/{ballot.member}", f"{voter} ghi ý kiến: “{ballot.opinion}”.", one.numbers
                if attached := files.get(ballot.member):
                    quoted = ", ".join(f"“{name}”" for name in attached)
                    yield f"files/{ballot.member}", f"{voter} gửi kèm ý kiến {len(attached)} tệp: {quoted}.", one.numbers
    for number, who, text in one.objections:
        yield f"objection/{number}", f"{name_of(told, names, who)} nêu ý kiến về kết quả kiểm phiếu: “{text}”.", (number,)


def _sums(came: Result) -> str:
    if came.outcome == "withheld":
        return f"Không bỏ phiếu: {came.silent}."
    labels = came.options or ("Đồng ý", "Không đồng ý")
    sums = [*zip(labels, came.counts, strict=True), ("Không biểu quyết", came.abstained), ("Không bỏ phiếu", came.silent)]
    return "; ".join(f"{label}: {count}" for label, count in sums) + "."


def _who_voted_what(told: Chronicle, names: Mapping[Who, str], one: Voted) -> str:
    counting = standing(one.box.ballots)
    labels = [*enumerate(one.motion.options or ("Đồng ý", "Không đồng ý")), (None, "Không biểu quyết")]
    said = []
    for choice, label in labels:
        ballots = [counting[voter.member] for voter in one.motion.roll if voter.member in counting]
        voters = [_voter(told, names, one, ballot) for ballot in ballots if ballot.choice == choice]
        if voters:
            said.append(f"{label}: {', '.join(voters)}.")
    return " ".join(said) or "Không có phiếu nào."


def _voter(told: Chronicle, names: Mapping[Who, str], one: Voted, ballot: Ballot) -> str:
    name = next(voter.name for voter in one.motion.roll if voter.member == ballot.member) or BLANK
    return name if ballot.by == ballot.member else f"{name} (do {name_of(told, names, ballot.by)} biểu quyết thay)"
