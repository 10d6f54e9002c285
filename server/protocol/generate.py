"""Writes ``frontend/protocol.gen.ts`` and ``server/protocol/PROTOCOL.md`` from the messages of ``live.py``.

``python -m server.protocol.generate`` writes both; a test fails while either is stale.
"""

import types
import typing
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from server.protocol import conclusions, groups, live, meeting, motions, rooms, shape, sites
from server.protocol.closing import Closing

ROOT = Path(__file__).parents[2]
TYPESCRIPT = ROOT / "frontend" / "protocol.gen.ts"
MANUAL = Path(__file__).with_name("PROTOCOL.md")

FROM_CLIENT: tuple[type[shape.Message], ...] = get_args(live.FromClient)
FROM_SERVER: tuple[type[shape.Message], ...] = get_args(live.FromServer)
PARTS: tuple[type[msgspec.Struct], ...] = (
    *(live.Contribution, live.Place, live.Poll, rooms.Member, rooms.Waiting, rooms.Me, rooms.Line),
    *(meeting.Seat, meeting.Plan, meeting.Item, meeting.Hand, meeting.Limits, meeting.Floor, meeting.Procedure, meeting.Spoken),
    *(groups.Groups, groups.Address, conclusions.ConclusionShown),
    *(motions.MotionVote, motions.MotionResult, motions.Mandate, sites.Findings),
)
UNIONS = {
    "ForMeeting": meeting.ForMeeting,
    "ForGroups": groups.ForGroups,
    "ForMotion": motions.ForMotion,
    "ForRoom": rooms.ForRoom,
    "Command": live.Command,
    "FromClient": live.FromClient,
    "ToReader": live.ToReader,
    "ToMember": rooms.ToMember,
    "ToVoter": motions.ToVoter,
    "FromServer": live.FromServer,
}

_A_MOMENT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_EXAMPLES: dict[str, object] = {
    "id": "0b8e7a52-6a0f-4c0e-9d5c-2f6f0e6f7d11",
    "ticket": "q0XcV1m8…",
    "topic": "consultation/12",
    "role": "public",
    "node": "n17",
    "place": "n12",
    "name": "Một người dân",
    "kind": "citizen",
    "owner": "Sở Tài chính",
    "due": "2026-04-30",
    "text": "Đề nghị bổ sung hình thức tham gia trực tuyến.",
    "at": "2026-03-02T08:30:00Z",
    "erased": None,
    "opens_at": "2026-03-01T00:00:00Z",
    "closes_at": "2026-04-30T17:00:00Z",
    "phase": "open",
    "state": "visible",
    "ruling": "hide",
    "rule": "personal_data",
    "paper": 31,
    "page": 12,
    "reason": "Có số điện thoại của người khác.",
    "code": "rate_limited",
    "message": "Bạn gửi quá nhanh. Hãy thử lại sau ít giây.",
    "retry_after_s": 1.5,
    "version": live.PROTOCOL_VERSION,
    "after": 41,
    "seq": 42,
    "question": 7,
    "choice": 0,
    "consultation": 12,
    "contribution": 305,
    "total": 18,
    "totals": {"7": [120, 31, 9]},
    "label": "Khoản 2 Điều 7",
    "count": 4,
    "places": {"p12": 1, "p15": 2},
    "visits": {"p3": 2},
    "group": 2,
    "cell": 3,
    "post": "ordinary",
    "reach": "desk",
    "tab": "b3a91c52e07d4f68",
    "room": 4,
    "who": "p12",
    "reaction": "applause",
    "source": "microphone",
    "before": 210,
    "title": "Họp giao ban tháng 3",
    "started_at": "2026-03-02T01:00:00Z",
    "standing": "inside",
    "hand": 3,
    "since": "2026-03-02T01:05:00Z",
    "left": "g7",
    "url": "",
    "token": "eyJhbGciOi…",
    "expires_in_s": 600,
    "to": "p15",
    "item": 2,
    "number": 3,
    "seconds": 180,
    "presides": "p12",
    "agency": "Sở Tài chính",
    "duty": "member",
    "weight": 1,
    "principal": None,
    "hall": None,
    "acts_for": None,
    "presenter": "p15",
    "papers": 31,
    "readers": None,
    "lasts_s": 1200,
    "speaker_s": 180,
    "agency_s": None,
    "warn_s": 30,
    "grace_s": 10,
    "speakers": {"p15": 95},
    "agencies": {"Sở Tài chính": 95},
    "given_at": datetime(2026, 3, 2, 1, 10, tzinfo=UTC),
    "warn_at": datetime(2026, 3, 2, 1, 12, 30, tzinfo=UTC),
    "until": datetime(2026, 3, 2, 1, 13, tzinfo=UTC),
    "cut_at": datetime(2026, 3, 2, 1, 13, 10, tzinfo=UTC),
    "motion": 9,
    "options": "Phương án thứ nhất",
    "base": "members",
    "part": 1,
    "of": 2,
    "quorum_part": 0,
    "quorum_of": 0,
    "tie": "falls",
    "member": None,
    "tracker": "",
    "words": "Tôi đã biểu quyết tán thành.",
    "outcome": "passed",
    "line": "25/27 thành viên - cần ≥ 14 - THÔNG QUA",
    "origins": "21 tại phòng họp + 4 trực tuyến",
    "counts": 25,
    "abstained": 1,
    "silent": 0,
    "leading": 0,
    "by": None,
    "voted": 27,
    "opened_at": "2026-03-02T02:00:00Z",
    "object_until": "2026-03-02T02:03:10Z",
    "members": 27,
    "objections": 0,
    **dict.fromkeys(("unchaired_since", "chair_passes_at", "ended_at", "checked_since")),
    **dict.fromkeys(("level", "round_trip_ms", "lost"), 40),
}
_EXAMPLES_OF: dict[tuple[str, str], object] = {
    ("Contribution", "id"): 305,
    ("Contribution", "parent"): None,
    ("Contribution", "version"): 2,
    ("Contribution", "side"): "for",
    ("Contribution", "quote"): "hình thức tham gia",
    ("Contribution", "suggests"): False,
    ("Contribution", "channel"): "online",
    ("Contribution", "edited"): False,
    ("Contribution", "supports"): 4,
    ("Contribution", "replies"): 1,
    ("Poll", "id"): 7,
    ("Poll", "state"): "open",
    ("Poll", "kind"): "several",
    ("Poll", "text"): "Nên lấy ý kiến vào buổi nào?",
    ("Poll", "labels"): ["Buổi sáng", "Buổi chiều", "Buổi tối"],
    ("Poll", "most"): 2,
    ("Poll", "whole"): False,
    ("Respond", "choices"): [0, 2],
    ("Respond", "text"): "",
    ("Contribute", "version"): 2,
    ("Contribute", "quote"): "hình thức tham gia",
    ("Contribute", "before"): "a) Các ",
    ("Contribute", "after"): " của cá nhân, tổ chức;",
    ("Contribute", "parent"): None,
    ("Contribute", "side"): "for",
    ("Bye", "reason"): "restart",
    ("Member", "name"): "Đại biểu mẫu",
    ("Member", "role"): "member",
    ("Me", "name"): "Đại biểu mẫu",
    ("Me", "role"): "member",
    ("Waiting", "name"): "Khách mời mẫu",
    ("Waiting", "who"): "g8",
    ("Follow", "tab"): None,
    ("Line", "id"): 210,
    ("Line", "name"): "Đại biểu mẫu",
    ("Line", "text"): "Kính đề nghị gửi lại tài liệu.",
    ("Line", "to"): None,
    ("Address", "to"): "person",
    ("Say", "to"): "person",
    ("Say", "text"): "Kính đề nghị gửi lại tài liệu.",
    ("Seat", "name"): "Đại biểu mẫu",
    ("Item", "id"): 2,
    ("Plan", "title"): "Tình hình thực hiện dự toán quý I",
    ("Hand", "kind"): "statement",
    ("Hand", "side"): "for",
    ("Floor", "kind"): "statement",
    ("Floor", "side"): None,
    ("RaiseHand", "kind"): "statement",
    ("RaiseHand", "side"): "for",
    ("LowerHand", "who"): None,
    ("LowerHand", "number"): None,
    ("GiveFloor", "seconds"): None,
    ("AddItem", "before"): None,
    ("MoveItem", "before"): 1,
    ("MoveHand", "before"): 1,
    ("Me", "may"): ["keep_door", "lead"],
    ("DraftMotion", "motion"): None,
    ("DraftMotion", "text"): "Thông qua kế hoạch quý II",
    ("DraftMotion", "quorum_more"): False,
    ("DraftMotion", "secret"): False,
    ("DraftMotion", "live"): False,
    ("OpenMotion", "lasts_s"): 180,
    ("WithdrawMotion", "reason"): "Nội dung cần được chuẩn bị thêm.",
    ("CastBallot", "code"): "",
    ("AskHands", "text"): "Nghỉ giải lao lúc 10 giờ?",
    ("MotionVote", "name"): "Đại biểu mẫu",
    ("MotionShown", "topic"): "room/4",
    ("MotionShown", "text"): "Thông qua kế hoạch quý II",
    ("MotionShown", "phase"): "counted",
    ("MotionShown", "closed_at"): "2026-03-02T02:02:41Z",
    ("MotionShown", "quorum_more"): False,
    ("MotionShown", "secret"): False,
    ("MotionShown", "live"): False,
    ("MotionShown", "tells"): False,
    ("MotionShown", "slip"): False,
    ("MotionShown", "papers"): 0,
    ("MotionShown", "delayed"): "",
    ("Mandate", "name"): "Đại biểu mẫu",
    ("Mandate", "voted"): True,
    ("MyBallots", "topic"): "room/4",
    ("HandsAsked", "topic"): "room/4",
    ("HandsAsked", "text"): "Nghỉ giải lao lúc 10 giờ?",
    ("HandShown", "topic"): "room/4",
    ("RoomState", "topic"): "room/4",
    ("RoomState", "phase"): "running",
    ("RoomChanged", "topic"): "room/4",
    ("Reacted", "topic"): "room/4",
}


def typescript() -> str:
    """The whole TypeScript file: one interface a message, and the unions that tell them apart by ``type``."""
    lines = [
        "// Generated from server/protocol/live.py by `python -m server.protocol.generate`. Do not edit.",
        "",
        f"export const PROTOCOL_VERSION = {live.PROTOCOL_VERSION};",
        "",
        "/** Why the server closed the connection. */",
        "export const CLOSING = {",
    ]
    for closing in Closing:
        lines += [f"    /** {closing.meaning} */", f"    {closing.name}: {closing.value},"]
    lines += ["} as const;"]
    for struct in (*FROM_CLIENT, *PARTS, *FROM_SERVER):
        lines += ["", f"/** {_doc(struct)} */", f"export interface {struct.__name__} {{"]
        if (tag := struct.__struct_config__.tag) is not None:
            lines.append(f'    readonly type: "{tag}";')
        for name, field, kind in _fields(struct):
            mark = "?" if struct in FROM_CLIENT and not field.required else ""
            lines.append(f"    readonly {name}{mark}: {_typescript_type(kind)};")
        lines.append("}")
    for name, union in UNIONS.items():
        members = " | ".join(member.__name__ for member in get_args(union))
        lines += ["", f"export type {name} = {members};"]
    return "\n".join(lines) + "\n"


def manual() -> str:
    """The whole of ``PROTOCOL.md``: how a connection goes, then every message with its fields and an example."""
    lines = [_MANUAL_HEAD.format(version=live.PROTOCOL_VERSION), "## Close codes", "", "| code | name | meaning |", "|---|---|---|"]
    lines += [f"| {closing.value} | {closing.name.lower()} | {closing.meaning} |" for closing in Closing]
    for title, structs in (("From the client", FROM_CLIENT), ("From the server", FROM_SERVER), ("Parts of messages", PARTS)):
        lines += ["", f"## {title}"]
        for struct in structs:
            tag = struct.__struct_config__.tag
            lines += ["", f"### {f'`{tag}`' if tag else struct.__name__}", "", _doc(struct).replace("``", "`"), ""]
            lines += ["| field | type | |", "|---|---|---|"]
            lines += [
                f"| `{name}` | {_typescript_type(kind).replace('|', chr(92) + '|')} | {_bounds(kind)} |"
                for name, _, kind in _fields(struct)
            ]
            if tag is not None:
                example = msgspec.json.encode(_example(struct)).decode()
                lines += ["", "```json", example, "```"]
    return "\n".join(lines) + "\n"


def _doc(struct: type[msgspec.Struct]) -> str:
    assert struct.__doc__ is not None and struct.__doc__ != shape.Message.__doc__, f"{struct.__name__} says nothing of itself"
    return " ".join(struct.__doc__.split())


def _fields(struct: type[msgspec.Struct]) -> Iterator[tuple[str, msgspec.structs.FieldInfo, Any]]:
    hints = typing.get_type_hints(struct, include_extras=True)
    for field in msgspec.structs.fields(struct):
        yield field.encode_name, field, hints[field.name]


def _typescript_type(kind: Any) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _typescript_type(arguments[0])
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in arguments)
    if origin in (types.UnionType, Union):
        return " | ".join(_typescript_type(argument) for argument in arguments)
    if origin is list:
        one = _typescript_type(arguments[0])
        return f"readonly ({one})[]" if "|" in one else f"readonly {one}[]"
    if origin is dict:
        return f"Readonly<Record<{_typescript_type(arguments[0])}, {_typescript_type(arguments[1])}>>"
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind.__name__
    return {str: "string", int: "number", float: "number", bool: "boolean", datetime: "string", type(None): "null"}[kind]


def _bounds(kind: Any) -> str:
    """The limits of one field in words, such as ``1..64 characters``."""
    if get_origin(kind) is not Annotated:
        return ""
    meta = kind.__metadata__[0]
    if meta.tz is not None:
        return "a moment"
    if meta.pattern is not None:
        return "a UUID"
    if get_origin(kind.__origin__) is list:
        return f"at most {meta.max_length}"
    if meta.max_length is not None:
        return f"{meta.min_length}..{meta.max_length} characters"
    largest = {shape.LARGEST: "2^63-1"}.get(meta.le, str(meta.le))
    return f"{str(meta.ge).replace(str(-shape.LARGEST), '-(2^63-1)')}..{largest}"


def _example(struct: type[msgspec.Struct]) -> msgspec.Struct:
    return struct(**{field.name: _example_value(struct, field.name, kind) for _, field, kind in _fields(struct)})


def _example_value(struct: type[msgspec.Struct], name: str, kind: Any) -> object:
    if (struct.__name__, name) in _EXAMPLES_OF:
        return _EXAMPLES_OF[struct.__name__, name]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _example(kind)
    if get_origin(kind) in (types.UnionType, Union) and name not in _EXAMPLES:
        return _example_value(struct, name, get_args(kind)[0])
    if get_origin(kind) is Annotated and get_origin(kind.__origin__) is list:
        return _example_value(struct, name, kind.__origin__)
    if get_origin(kind) is list:
        return [_example_value(struct, name, get_args(kind)[0])]
    if kind == shape.Moment:
        return _EXAMPLES.get(name, _A_MOMENT)
    return True if kind is bool else _EXAMPLES[name]


_MANUAL_HEAD = """\
<!-- Generated from server/protocol/live.py by `python -m server.protocol.generate`. Do not edit. -->

# The protocol of `/live`, version {version}

One websocket per page, at `/live`, carrying JSON text messages told apart by `type`. No subprotocol, no compression, no binary
messages.

1. The page fetches a one-use ticket by `POST /live/ticket`, opens the socket with its own `Origin`, and sends `hello` within 5 s.
   A good ticket is answered by `welcome`. Messages may follow `hello` without waiting for it.
2. `follow` names a topic and the number of the last event that the page shows. The answer is the missing events in order; or one
   `snapshot`, if they are too many or the number is none of this topic's; or, if nothing is missing, `passed` with the topic's
   number. So `follow` is also a probe: sent again at any moment it is always answered, and an answer with a number already seen
   changes nothing. Where totals may be shown, one `tally` with the totals of all questions comes next.
3. From then on every event of the topic reaches the reader exactly once and in order: `shown`, `gone`, `phaseChanged`,
   `pollChanged` or `passed`, each with `seq` one above the one before. A gap means that something was lost: `follow` again from the
   last number. `ruled` comes just after the event that caused it and repeats its number; it is the only message that does. Words
   hidden since are not told again to who comes back: their event is then `passed`.
4. `tally` holds the newest totals of the questions it names and replaces what was known of them; `version` grows and may skip. It
   comes at once on a quiet topic and at most 4 times a second on a busy one.
5. A command (`vote`, `respond`, `contribute`, `withdraw`, `rule`) carries a UUID made by the client and is answered by `done` after
   it is recorded for good, or by `refused`, with the same `id`. Answers may come in another order than the commands. A command whose
   answer was lost is sent again with the same `id`: it gets the first answer; the same `id` with another content is refused as
   `conflict`.
6. A room (`room/4`) is followed with a `tab` and is always answered by one `roomState`, or by `passed` when nothing is missing.
   Only then may its commands be sent: they speak for this tab. `roomChanged`, `passed` or a new `roomState` tells each event;
   `reacted` has no number. Who is inside or waits stays so while the tab follows, and for a minute after it was last heard of: a
   page that comes back only follows again, with the same `tab`. `elsewhere` in `me.standing` tells a tab that another one of the
   same person has taken the place. Guests have commands for their one room only. Motions of the room come as `motionShown` and
   `myBallots`, which have no number: each replaces what was known of its motion, and who comes in is told those that stand.
7. Before a restart the server sends `bye`. A client comes back after `retryAfterS` and a random wait of its own, fetches a new
   ticket and follows from the last number it has seen, on any web process.

Numbers and strings are strict: `"1"` is not `1`, unknown fields, double keys, `NaN` and depth beyond 8 are refused as
`bad_input`. A message has at most 16 KiB (64 KiB closes the connection) and 64 fragments. A connection may send 10 messages a
second after a burst of 30; beyond that they are refused as `rate_limited` with `retryAfterS`, and a client that goes on is
closed. The server pings every 20 s and drops a silent client.
"""


if __name__ == "__main__":
    TYPESCRIPT.write_text(typescript(), "utf-8")
    MANUAL.write_text(manual(), "utf-8")
