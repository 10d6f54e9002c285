"""Consultations in lists and at the head of their pages."""

from datetime import timedelta

from server.locale import Language
from server.store.reading import Listed
from server.web.clocks import clock_of
from server.web.views import ConsultationHead

_DAY = timedelta(days=1)


def head_of(consultation: Listed, lang: Language, *, demo: bool) -> ConsultationHead:
    """What is said of a consultation, in English where it has English. ``demo`` marks a sample."""
    english = lang == "en"
    return ConsultationHead(
        id=consultation.id,
        slug=consultation.slug,
        title=(english and consultation.title_en) or consultation.title,
        agency=(english and consultation.agency_name_en) or consultation.agency_name,
        summary=(english and consultation.summary_en) or consultation.summary,
        phase=consultation.phase,
        opens_at=consultation.opens_at,
        closes_at=consultation.closes_at,
        days_left=days_left(consultation),
        contributions=consultation.contributions,
        moderation=consultation.moderation,
        tallies=consultation.tallies,
        demo=demo,
        title_lang="en" if english and consultation.title_en else "vi",
        summary_lang="en" if english and consultation.summary_en else "vi",
        version=consultation.version,
        clock=clock_of(consultation, lang),
        target=consultation.target,
    )


def days_left(consultation: Listed) -> int | None:
    """Days to the opening of what is announced, to the close of what is open, a begun one counted whole; None in any other phase."""
    until = {"announced": consultation.opens_at, "open": consultation.closes_at}.get(consultation.phase)
    return None if until is None or until <= consultation.now else -((consultation.now - until) // _DAY)
