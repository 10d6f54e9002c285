"""The rules of moderation: rulings name a rule and a reason, and nobody rules on their own words."""

from consultations import commands as c
from consultations import events as e
from consultations.context import Context
from consultations.state import RULES, Consultation
from consultations.words import REASON_LIMIT, clean
from server.kernel.refused import Refused


def rule(state: Consultation, command: c.Rule, context: Context) -> e.Ruled:
    found = state.contributions.get(command.contribution)
    if "rule" not in context.may or found is None or found.state == "withdrawn":
        raise Refused("not_found")  # one answer to all, so that nobody learns of what waits or is hidden by guessing numbers
    if context.person in (found.author, found.entered_by):
        raise Refused("not_allowed")  # nobody rules on their own words
    context.in_phase(state, "rule")
    wanted_from = {"publish": "waiting", "restore": "hidden"}
    if command.ruling == "hide":
        if found.state == "hidden":
            raise Refused("already", state="hidden")
        if command.rule not in RULES:
            raise Refused("no_rule")
        return e.Ruled(found.id, "hidden", command.rule, told_reason(command.reason))
    if found.state != wanted_from[command.ruling]:
        raise Refused("already", state=found.state)
    return e.Ruled(found.id, "visible", None, clean(command.reason, "reason", REASON_LIMIT, required=False))


def told_reason(words: str) -> str:
    """A reason that the author will read. Raises: Refused ``no_reason``, ``too_long``."""
    try:
        return clean(words, "reason", REASON_LIMIT)
    except Refused as refused:
        raise Refused("no_reason") if refused.code == "empty" else refused from None
