"""The clocks of the law in words: which kind of document, how long at least, and by which day there must be an answer."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from consultations.statute import Document, Rule, earliest_close, reply_due, rule_at, rule_named
from server.locale import Language, translator
from server.store.reading import Listed
from server.web.views import Clock

_DAY = timedelta(days=1)


def _(text: str) -> str:
    """Marks a sentence for the catalogue."""
    return text


DOCUMENT_WORDS: Mapping[Document, str] = {
    "law": _("Luật, pháp lệnh, nghị quyết của Quốc hội"),
    "decree": _("Nghị định của Chính phủ"),
    "prime_minister_decision": _("Quyết định của Thủ tướng Chính phủ"),
    "circular": _("Thông tư"),
    "provincial_resolution": _("Nghị quyết của Hội đồng nhân dân cấp tỉnh"),
    "provincial_decision": _("Quyết định của Ủy ban nhân dân cấp tỉnh"),
    "other": _("Không phải văn bản quy phạm pháp luật"),
}
"""Every kind of document that the rules know, as one chooses it."""


class DocumentChoice(msgspec.Struct, frozen=True):
    """One kind of document to choose. ``earliest`` is the first moment at which what opens now may close; None where it may at once."""

    value: Document
    label: str
    minimum_days: int
    source: str
    earliest: datetime | None


def clock_of(consultation: Listed, lang: Language) -> Clock | None:
    """The clock of a published consultation, by the rule that held when it was announced; None where no rule does."""
    rule = rule_named(consultation.rule)
    if not rule.minimum_days or consultation.phase in ("draft", "cancelled") or consultation.closes_at is None:
        return None
    document = translator(lang)(DOCUMENT_WORDS[rule.document])
    clock = Clock(document, source_words(rule, lang), rule.minimum_days)
    due = reply_due(rule, consultation.closes_at)
    if due is None or consultation.phase == "suspended":
        return clock  # a suspension moves the close, and the answer with it
    left = _days(due - (consultation.answered_at or consultation.now))
    waiting = consultation.phase == "closed"
    return msgspec.structs.replace(
        clock,
        reply_due=due - due.resolution,
        days_left=left if waiting and left > 0 else None,
        days_late=_days((consultation.answered_at or consultation.now) - due) if left <= 0 else 0,
    )


def document_choices(now: datetime, lang: Language) -> tuple[DocumentChoice, ...]:
    """Every kind of document with the rule that holds ``now``."""
    say, rules = translator(lang), ((document, rule_at(document, now)) for document in DOCUMENT_WORDS)
    return tuple(
        DocumentChoice(
            document,
            say(DOCUMENT_WORDS[document]),
            rule.minimum_days,
            source_words(rule, lang),
            earliest_close(rule, now) if rule.minimum_days else None,
        )
        for document, rule in rules
    )


def source_words(rule: Rule, lang: Language) -> str:
    """The article of law that a rule comes from; empty where it comes from none."""
    say = translator(lang)
    return rule.source.replace("Luật số", say("Luật số")).replace("Điều", say("Điều"))


def _days(span: timedelta) -> int:
    """Days in a span, a begun one counted whole; zero or less for one that has passed."""
    return -(-span // _DAY)
