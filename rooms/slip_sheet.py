"""The count of a slip (biên bản kiểm phiếu lấy ý kiến): of what was sent outside meetings, and so stands in the minutes of none.

It is made as minutes are, of sentences that carry the numbers of the events that say so. These are the events of the slip's own log.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from rooms import minutes_words as words
from rooms import motions as m
from rooms import record
from rooms.chronicle import Chronicle, Entry, Voted, chronicle
from rooms.minutes import Attached, Cover, Document, Part, Sentence, Signature
from rooms.motions import Motion, Rule, Share
from rooms.record import Link
from server.kernel.ids import MeetingId, MotionId, Who

_FORM = b"dien-hong slip 1\n"
_BASES = {"members": "tổng số thành viên", "present": "số thành viên có mặt", "cast": "số phiếu đồng ý và không đồng ý"}


def chain(motion: MotionId, log: Iterable[Entry]) -> tuple[Link, ...]:
    """The log of a slip as a chain: whoever has its last digest, which is printed in the sheet, finds any change. Names and words that
    people wrote themselves are no part of it, so that it stays the same when they are erased."""
    before = hashlib.sha256(_FORM + f"motion {motion}".encode()).hexdigest()
    links = [Link(0, datetime.min.replace(tzinfo=UTC), b"", "", before)]
    for entry in log:
        link, _ = record.append(MeetingId(0), links[-1], entry.at, _impersonal(msgspec.to_builtins(entry.event, order="sorted")), (), b"")
        links.append(link)
    return tuple(links[1:])


def sheet(log: Sequence[Entry], agency: str, names: Mapping[Who, str], files: Sequence[Attached], *, whole: bool) -> Document | None:
    """The count of the slip whose whole log this is, ``whole`` with the opinions on it; nothing before it was counted."""
    told = chronicle(log)
    voted = next(iter(told.drafts.values()), None)
    if voted is None or voted.motion.result is None:
        return None
    motion, digest = voted.motion, chain(voted.motion.id, log)[-1].digest
    cover = Cover(agency, names=names, whole=whole, files=tuple(files) if whole else ())
    signatures = (Signature("NGƯỜI LẬP BIÊN BẢN", words.BLANK), Signature("NGƯỜI CHỦ TRÌ", words.name_of(told, names, motion.chair)))
    subject = f"Kiểm phiếu lấy ý kiến thành viên (phiếu số {motion.id})"
    parts = tuple(part for part in _parts(told, voted, log, cover, digest) if part.sentences)
    return Document("minutes", cover, "BIÊN BẢN", subject, parts, signatures, told.last, digest)


def _parts(told: Chronicle, voted: Voted, log: Sequence[Entry], cover: Cover, digest: str) -> Iterable[Part]:
    motion = voted.motion
    asked = max(entry.number for entry in log if isinstance(entry.event, m.MotionDrafted))
    files = {one.member: one.names for one in cover.files if one.motion == motion.id}
    counted = _numbers(log, m.MotionCounted, m.TieBroken)
    said = [Sentence(key, text, counted) for key, text, _ in words.voted(told, cover.names, voted, files)]
    yield Part("", tuple(_times(motion, log)))
    about = [Sentence("text", f"“{motion.text}”", (asked,))]
    if motion.options:
        about.append(Sentence("options", f"Các phương án: {'; '.join(motion.options)}.", (asked,)))
    yield Part("Nội dung lấy ý kiến", (*about, Sentence("rule", _rule(motion.rule), (asked,))))
    yield Part("Kết quả kiểm phiếu", (*_count(motion, voted, log), *(one for one in said if one.key in ("result", "votes"))))
    opinions = tuple(one for one in said if one.key.startswith(("opinion/", "files/")))
    if not cover.whole and (count := sum(one.key.startswith("opinion/") for one in opinions)):
        text = f"Có {count} phiếu ghi ý kiến; các ý kiến ở trong bản đầy đủ của thư ký và người chủ trì."
        opinions = (Sentence("opinions", text, counted),)
    yield Part("Ý kiến ghi trên phiếu", opinions)
    objections = (replace(one, events=(int(one.key.rpartition("/")[2]),)) for one in said if one.key.startswith("objection/"))
    yield Part("Ý kiến về kết quả kiểm phiếu", tuple(objections))
    closing = f"Biên bản được lập từ nhật ký của phiếu gồm {told.last} sự kiện, mã kiểm tra {digest}./."
    yield Part("", (Sentence("record", closing, (told.last,)),))


def _times(motion: Motion, log: Sequence[Entry]) -> Iterable[Sentence]:
    """When it was sent, until when it could be answered, and when that ended."""
    before: datetime | None = None
    way = "bỏ phiếu kín" if motion.rule.secret else "lấy ý kiến công khai, có ghi tên"
    for entry in log:
        match entry.event:
            case m.MotionOpened(closes_at=until):
                before = until
                sent = f"Phiếu lấy ý kiến được gửi lúc {words.moment(entry.at)}, hạn gửi lại {words.moment(until)}. Hình thức: {way}."
                yield Sentence("sent", sent, (entry.number,))
            case m.MotionDelayed(closes_at=until, reason=reason):
                assert before is not None  # it was open
                moved = f"Hạn gửi lại được lùi từ {words.moment(before)} đến {words.moment(until)}: “{reason}”."
                yield Sentence(f"delay/{entry.number}", moved, (entry.number,))
                before = until
            case m.MotionClosed(by=by):
                why = "khi hết hạn" if by == "deadline" else "theo quyết định của người chủ trì, trước khi hết hạn"
                yield Sentence("closed", f"Kết thúc nhận phiếu lúc {words.moment(entry.at)}, {why}.", (entry.number,))
            case m.MotionAnnounced():
                yield Sentence("announced", f"Kết quả được công bố lúc {words.moment(entry.at)}.", (entry.number,))
            case _:
                pass


def _count(motion: Motion, voted: Voted, log: Sequence[Entry]) -> Iterable[Sentence]:
    """How many were sent and came back; of a secret ballot also whose did."""
    assert motion.result is not None
    came = sum(motion.result.origins.values())
    numbers = _numbers(log, m.MotionOpened, m.MotionCounted)
    sent = motion.result.members
    yield Sentence("papers", f"Số phiếu gửi đi: {sent}. Số phiếu thu về: {came}. Số phiếu không thu về: {sent - came}.", numbers)
    if motion.rule.secret and voted.box.voted:
        names = {voter.member: voter.name or words.BLANK for voter in motion.roll}
        whose = ", ".join(names.get(one.member, words.BLANK) for one in voted.box.voted)
        yield Sentence("voters", f"Người đã bỏ phiếu: {whose}.", _numbers(log, m.MotionCounted))


def _rule(rule: Rule) -> str:
    quorum = "" if rule.quorum is None else f" Số thành viên phải tham gia: {_share(rule.quorum)}."
    tie = " Ngang nhau thì người chủ trì quyết định." if rule.tie == "chair" else ""
    return f"Thông qua khi có {_share(rule.threshold)} {_BASES[rule.base]}.{quorum}{tie}"


def _share(share: Share) -> str:
    return f"{'hơn' if share.more else 'ít nhất'} {share.part}/{share.of}"


def _numbers(log: Iterable[Entry], *kinds: type[m.MotionEvent]) -> tuple[int, ...]:
    return tuple(entry.number for entry in log if isinstance(entry.event, kinds))


def _impersonal(value: object) -> object:
    if isinstance(value, dict):
        return {key: _impersonal(one) for key, one in value.items() if key not in ("name", "opinion", "words")}
    return [_impersonal(one) for one in value] if isinstance(value, list | tuple) else value
