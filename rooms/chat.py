"""The rules of the chat."""

from rooms import commands as c
from rooms import events as e
from rooms.agenda import is_closed
from rooms.context import Context
from rooms.entitled import inside
from rooms.letters import addressed
from rooms.state import LINE_LIMIT, LINES_WITHIN, MOST_LINES, Line, Room
from server.kernel.refused import Refused
from server.kernel.words import clean


def say(state: Room, command: c.Say, context: Context) -> e.Said:
    """A new line; none while an item is under way that is for some only, for lines are kept and read by all."""
    me = inside(state, context)
    if is_closed(state):
        raise Refused("secret_item")
    text = clean(command.text, "text", LINE_LIMIT)
    to, readers = addressed(state, me, command, context)
    known = sorted((*state.chat, *state.letters.get(me.who, ())), key=lambda line: line.id)
    recent = [line.at for line in known if line.who == me.who and line.at > context.now - LINES_WITHIN]
    if len(recent) >= MOST_LINES:
        raise Refused("rate_limited", retry_after_s=max(0.1, (recent[0] + LINES_WITHIN - context.now).total_seconds()))
    kept = readers is None or state.private.kept
    return e.Said(Line(context.line, me.who, me.name, context.now, text, to, readers, kept))
