"""The life of a consultation: what may be done in each phase, and which phase it leads to. ``PHASES.md`` is drawn from this table."""

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

Phase = Literal["draft", "announced", "open", "suspended", "closed", "answered", "archived", "cancelled"]
Act = Literal[
    "describe", "place_text", "ask", "publish", "open", "remind", "close", "suspend", "resume", "cancel", "publish_answers", "archive",
    "add_paper", "remove_paper", "place_version", "contribute", "enter", "edit", "withdraw", "erase", "support", "vote",
    "rule", "appeal", "decide_appeal", "dispose", "add_poll", "open_poll", "close_poll", "follow",
]  # fmt: skip

PHASES: tuple[Phase, ...] = get_args(Phase)


def _stays(*phases: Phase) -> Mapping[Phase, tuple[Phase, ...]]:
    return {phase: (phase,) for phase in phases}


_PUBLISHED = PHASES[1:]
_HAS_OPENED: tuple[Phase, ...] = ("open", "suspended", "closed", "answered", "archived", "cancelled")

TABLE: Mapping[Act, Mapping[Phase, tuple[Phase, ...]]] = {
    "describe": _stays("draft"),
    "place_text": _stays("draft"),
    "ask": _stays("draft"),
    "publish": {"draft": ("announced", "open")},
    "open": {"announced": ("open",)},
    "remind": _stays("open", "closed"),
    "close": {"announced": ("closed",), "open": ("closed",)},
    "suspend": {"announced": ("suspended",), "open": ("suspended",)},
    "resume": {"suspended": ("announced", "open")},
    "cancel": {"announced": ("cancelled",), "open": ("cancelled",), "suspended": ("cancelled",)},
    "publish_answers": {"closed": ("answered",)},
    "archive": {"answered": ("archived",)},
    "add_paper": _stays("draft", "announced", "open", "suspended", "closed"),
    "remove_paper": _stays("draft"),
    "place_version": _stays("open", "closed"),
    "contribute": _stays("open"),
    "enter": _stays("open", "suspended", "closed"),
    "edit": _stays("open"),
    "withdraw": _stays(*_HAS_OPENED),
    "erase": _stays(*_HAS_OPENED),
    "support": _stays("open"),
    "vote": _stays("open"),
    "rule": _stays(*_HAS_OPENED),
    "appeal": _stays(*_HAS_OPENED),
    "decide_appeal": _stays(*_HAS_OPENED),
    "dispose": _stays("open", "suspended", "closed", "answered"),
    "add_poll": _stays("draft", "announced", "open", "suspended"),
    "open_poll": _stays("open"),
    "close_poll": _stays("open", "suspended"),
    "follow": _stays(*_PUBLISHED),
}
"""For each act the phases in which it may be done, with those that may follow. What is not here is refused."""

MEANING: Mapping[Phase, str] = {
    "draft": "soạn thảo: only the agency's editors know of it",
    "announced": "đã công bố: readable, taking nothing yet",
    "open": "đang lấy ý kiến: contributions, votes and answers are taken",
    "suspended": "tạm dừng: readable, taking nothing; the time does not count",
    "closed": "đã kết thúc: the agency answers what it was told",
    "answered": "đã trả lời: every contribution has its published answer",
    "archived": "đã lưu trữ: nothing is added any more",
    "cancelled": "đã hủy: ended for a published reason, without an answer",
}


def allows(act: Act, phase: Phase) -> bool:
    """Whether ``act`` may be done in ``phase``."""
    return phase in TABLE[act]


def moves() -> Iterator[tuple[Phase, Act, Phase]]:
    """Every step from one phase to another: (from, act, to), in the order of the table."""
    for act, cells in TABLE.items():
        for before, afters in cells.items():
            yield from ((before, act, after) for after in afters if after != before)


def manual() -> str:
    """The whole of ``PHASES.md``: the phases, the steps between them drawn, and the table."""
    lines = [
        "<!-- Generated from consultations/phases.py by `python3 -m server phases`. Do not edit. -->",
        "",
        "# The life of a consultation",
        "",
        "| phase | |",
        "|---|---|",
        *(f"| `{phase}` | {MEANING[phase]} |" for phase in PHASES),
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> draft",
        *(f"    {before} --> {after}: {act}" for before, act, after in moves()),
        *(f"    {phase} --> [*]" for phase in PHASES if not any(before == phase for before, _, _ in moves())),
        "```",
        "",
        "A dot is an act that leaves the phase as it is; a name is the phase that follows.",
        "",
        "| act | " + " | ".join(PHASES) + " |",
        "|---|" + "---|" * len(PHASES),
        *(f"| `{act}` | " + " | ".join(_cell(phase, cells.get(phase, ())) for phase in PHASES) + " |" for act, cells in TABLE.items()),
    ]
    return "\n".join(lines) + "\n"


def _cell(phase: Phase, afters: tuple[Phase, ...]) -> str:
    return "·" if afters == (phase,) else " or ".join(afters)
