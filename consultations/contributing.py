"""The rules of contributions: who may give one and on what, answer one, change it, and take it back."""

import unicodedata
from collections.abc import Iterable

from consultations import commands as c
from consultations import events as e
from consultations.context import Context
from consultations.contribution import DEEPEST, Contribution, Kind, Visibility
from consultations.state import RULES, Consultation
from consultations.words import NAME_LIMIT, REASON_LIMIT, SOURCE_LIMIT, SUGGESTION_LIMIT, TEXT_LIMIT, clean
from server.kernel.ids import ContributionId, NodeId
from server.kernel.refused import Refused

QUOTE_LIMIT = 2_000
AROUND = 32
"""Characters before and after a quote that are kept with it, to find it again."""

OFFICIAL: frozenset[Kind] = frozenset(("agency", "front"))
"""As which not everybody may speak."""

MOST_ENTRIES = 10_000
"""Opinions entered by one command: all of them or none."""


def contribute(state: Consultation, command: c.Contribute, context: Context) -> e.Contributed:
    """Raises: Refused ``not_found``, ``text_changed`` when the reader had another version, ``bad_quote``, ``too_deep``, ``empty``, …"""
    context.allow("contribute")
    if command.kind in OFFICIAL:
        context.allow("speak_for_agency")
    if context.person is None:
        raise Refused("not_allowed")
    context.in_phase(state, "contribute")
    written = _written(command.text, command.suggestion)
    parent = None if command.parent is None else _answered(state, command.parent)
    node, place, version = _spoken_of(state, command, parent)
    quote, before, after = _anchor(command, node if parent is None else None)
    if command.suggestion is not None and (node is None or parent is not None or not is_sha256(command.base)):
        raise Refused("bad_input", field="suggestion")
    name = clean(command.name, "name", NAME_LIMIT, lines=False)
    return e.Contributed(
        Contribution(
            id=ContributionId(context.new_id),
            node=node,
            place=place,
            author=context.person,
            name=name,
            kind=command.kind,
            verified=command.kind in OFFICIAL and _same(name, context.speaks_for),
            text=written[0],
            at=context.now,
            state=_first_state(state),
            version=version,
            quote=quote,
            before=before,
            after=after,
            parent=command.parent,
            depth=0 if parent is None else parent.depth + 1,
            side=command.side,
            suggestion=written[1],
            base=command.base if command.suggestion is not None else None,
        )
    )


def _same(name: str, known: Iterable[str]) -> bool:
    return name.casefold() in {" ".join(one.split()).casefold() for one in known}


def enter(state: Consultation, command: c.Enter, context: Context) -> list[e.AnyEvent]:
    """Opinions of people without an account. One whose source is known already is not entered again: the first stands.

    Raises: Refused ``too_many`` (with ``limit``), ``not_found``, ``text_changed``, ``empty``, ``too_long``, ``bad_quote``.
    """
    context.allow("enter_for_others")
    context.in_phase(state, "enter")
    if not 0 < len(command.entries) <= MOST_ENTRIES:
        raise Refused("too_many_entries", limit=MOST_ENTRIES)
    known = set(known_sources(state.contributions.values()))
    events: list[e.AnyEvent] = []
    for entry in command.entries:
        key = clean(entry.source_key, "source_key", SOURCE_LIMIT, lines=False)
        if key in known:
            continue
        known.add(key)
        node, place, version = _spoken_of(state, entry, None)
        quote, before, after = _anchor(entry, node)
        events.append(
            e.Contributed(
                Contribution(
                    id=ContributionId(context.new_id + len(events)),
                    node=node,
                    place=place,
                    author=None,
                    name=clean(entry.name, "name", NAME_LIMIT, lines=False),
                    kind=entry.kind,
                    verified=False,
                    text=clean(entry.text, "text", TEXT_LIMIT),
                    at=context.now,
                    state=_first_state(state),
                    version=version,
                    quote=quote,
                    before=before,
                    after=after,
                    side=entry.side,
                    channel=command.channel,
                    entered_by=context.person,
                    source=clean(entry.source, "source", SOURCE_LIMIT),
                    source_key=key,
                )
            )
        )
    return events


def known_sources(contributions: Iterable[Contribution]) -> dict[str, ContributionId]:
    """The contributions that came from a source, by its key."""
    return {one.source_key: one.id for one in contributions if one.source_key is not None}


def edit(state: Consultation, command: c.Edit, context: Context) -> e.Edited:
    """Other words in the same place; the old ones stay readable beside them. What is moderated before publication waits again."""
    contribution = own(state, command.contribution, context, "edit_own")
    context.in_phase(state, "edit")
    _with_words(contribution)
    if contribution.state not in ("visible", "waiting"):
        raise Refused("already", state=contribution.state)
    if (command.suggestion is None) != (contribution.suggestion is None):
        raise Refused("bad_input", field="suggestion")
    text, suggestion = _written(command.text, command.suggestion)
    if (text, suggestion) == (contribution.text, contribution.suggestion):
        raise Refused("already", state="same")
    return e.Edited(contribution.id, text, suggestion, _first_state(state), contribution.revision + 1, context.now)


def withdraw(state: Consultation, command: c.Withdraw, context: Context) -> e.Withdrawn:
    contribution = own(state, command.contribution, context, "withdraw_own")
    context.in_phase(state, "withdraw")
    _with_words(contribution)
    if contribution.state == "withdrawn":
        raise Refused("already", state="withdrawn")
    return e.Withdrawn(contribution.id)


def check_support(state: Consultation, contribution: ContributionId, context: Context) -> None:
    """Supports are rows, as votes are, one for each person: this says whether one may be given or taken back.

    Raises: Refused ``not_allowed`` for one's own, ``not_found`` for what not everybody can see, ``wrong_phase``.
    """
    context.allow("support")
    found = state.contributions.get(contribution)
    if found is None or found.state != "visible":
        raise Refused("not_found")
    if found.author == context.person:
        raise Refused("not_allowed")
    _with_words(found)
    context.in_phase(state, "support")


def check_flag(state: Consultation, contribution: ContributionId, rule: str, words: str, context: Context) -> str:
    """Flags are rows, as support is, one for each person: this says whether one may be given. ``words``, as they are kept, may be empty.

    Raises: Refused ``not_allowed`` for one's own, ``not_found`` for what not everybody can see, ``wrong_phase``, ``no_rule``, ``too_long``.
    """
    context.allow("flag")
    found = state.contributions.get(contribution)
    if found is None or found.state != "visible":
        raise Refused("not_found")
    if context.person in (found.author, found.entered_by):
        raise Refused("not_allowed")
    _with_words(found)
    context.in_phase(state, "rule")  # what may still be hidden
    if rule not in RULES:
        raise Refused("no_rule")
    return clean(words, "reason", REASON_LIMIT, required=False)


def own(state: Consultation, contribution: ContributionId, context: Context, action: str) -> Contribution:
    """One's own contribution. Another's is answered as one that does not exist, so that nothing is learnt by guessing."""
    context.allow(action)
    found = state.contributions.get(contribution)
    if found is None or found.author is None or found.author != context.person:
        raise Refused("not_found")
    return found


def is_sha256(text: str | None) -> bool:
    return text is not None and len(text) == 64 and set(text) <= set("0123456789abcdef")


def _with_words(contribution: Contribution) -> None:
    """Raises: Refused ``already`` (``erased``) for a contribution that has no words any more."""
    if contribution.erased_at is not None:
        raise Refused("already", state="erased")


def _first_state(state: Consultation) -> Visibility:
    return "waiting" if state.moderation == "before" else "visible"


def _written(text: str, suggestion: str | None) -> tuple[str, str | None]:
    """The words as they are kept. Who suggests other wording need not explain it."""
    if suggestion is None:
        return clean(text, "text", TEXT_LIMIT), None
    return clean(text, "text", TEXT_LIMIT, required=False), clean(suggestion, "suggestion", SUGGESTION_LIMIT)


def _answered(state: Consultation, parent: ContributionId) -> Contribution:
    found = state.contributions.get(parent)
    if found is None or found.state != "visible":
        raise Refused("not_found")
    _with_words(found)
    if found.depth >= DEEPEST:
        raise Refused("too_deep")
    return found


def _spoken_of(
    state: Consultation, command: c.Contribute | c.Entry, parent: Contribution | None
) -> tuple[NodeId | None, NodeId | None, int]:
    """The node, the place that lists it, and their version. An answer stands where that which it answers stands."""
    if parent is not None:
        return parent.node, parent.place, parent.version
    if command.node is None:
        return None, None, state.version
    if command.version != state.version:
        raise Refused("text_changed")  # the same id names another node there
    if command.node not in state.places:
        raise Refused("not_found")
    return command.node, state.places[command.node], state.version


def _anchor(command: c.Contribute | c.Entry, node: NodeId | None) -> tuple[str, str, str]:
    """The quoted words and what stands around them, as they are kept. Nothing is cleaned: they are the draft's own words."""
    if not command.quote:
        return "", "", ""
    quote, before, after = (unicodedata.normalize("NFC", words) for words in (command.quote, command.before, command.after))
    if node is None or len(quote) > QUOTE_LIMIT or not quote.strip() or not all(_is_text(words) for words in (quote, before, after)):
        raise Refused("bad_quote")
    return quote, before[-AROUND:], after[:AROUND]


def _is_text(words: str) -> bool:
    return all(letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cs", "Cn", "Co") for letter in words)
