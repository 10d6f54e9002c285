"""What the forms of votes say, read into what is asked, and back into what stands in a form."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import get_args

from rooms import motions as m
from rooms.motions import HALF, Base, Motion, Share
from server.kernel.refused import Refused
from server.kernel.vietnam import VIETNAM

SHARES: Mapping[str, Share] = {"half": HALF, "two_thirds": Share(2, 3), "three_quarters": Share(3, 4)}
"""The thresholds and quorums that a form offers."""
DRAFTED = ("text", "options", "base", "threshold", "quorum", "tie", "secret", "live")
"""The fields of a draft."""


def drafted(typed: Mapping[str, str], before: Motion | None = None) -> m.DraftMotion:
    """What a form of a draft says; ``before`` is the draft that it changes, whose own shares are among those offered."""
    rule = m.Rule() if before is None else before.rule
    shares = {**SHARES, "own_threshold": rule.threshold} | ({} if rule.quorum is None else {"own_quorum": rule.quorum})
    base: Base = next((known for known in get_args(Base) if known == typed["base"]), "members")
    written = m.Rule(
        base,
        shares.get(typed["threshold"], HALF),
        shares.get(typed["quorum"]),
        "chair" if typed["tie"] == "chair" else "falls",
        secret=bool(typed["secret"]),
        live=bool(typed["live"]),
        papers=rule.papers,
    )
    options = tuple(option for text in typed["options"].splitlines() if (option := text.strip()))
    return m.DraftMotion(typed["text"], options, written)


def typed_of(draft: Motion) -> dict[str, str]:
    """What would have been typed for this draft."""
    rule, names = draft.rule, {share: name for name, share in SHARES.items()}
    return {
        "text": draft.text,
        "options": "\n".join(draft.options),
        "base": rule.base,
        "threshold": names.get(rule.threshold, "own_threshold"),
        "quorum": "" if rule.quorum is None else names.get(rule.quorum, "own_quorum"),
        "tie": rule.tie,
        "secret": "1" if rule.secret else "",
        "live": "1" if rule.live else "",
    }


def choice_of(typed: str) -> int | None:
    """Raises: Refused ``bad_choice`` where nothing was chosen."""
    if typed == "none":
        return None
    if not (typed.isascii() and typed.isdigit()):
        raise Refused("bad_choice", field="choice")
    return int(typed)


def asked(typed: Mapping[str, str]) -> m.Command:
    """What who leads, or objects, asks for.

    Raises: Refused ``bad_input``, ``bad_deadline``, ``bad_choice``; ``empty`` where a deadline has no day.
    """
    match typed["act"]:
        case "opened":
            return m.OpenMotion(closes_at=_moment(typed["closes_day"], typed["closes_time"]))
        case "delayed":
            return m.DelayMotion(_moment(typed["closes_day"], typed["closes_time"]), typed["words"])
        case "closed":
            return m.CloseMotion()
        case "announced":
            return m.AnnounceMotion()
        case "withdrawn":
            return m.WithdrawMotion(typed["words"])
        case "objected":
            return m.Object(typed["words"])
        case "decided":
            chosen = choice_of(typed["choice"])
            if chosen is None:
                raise Refused("bad_choice")
            return m.BreakTie(chosen)
        case _:
            raise Refused("bad_input", field="act")


def _moment(day: str, clock: str) -> datetime:
    if not day:
        raise Refused("empty", field="closes_day")
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock).replace(tzinfo=VIETNAM)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("bad_deadline") from None
