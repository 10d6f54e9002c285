"""Consultations in lists and at the head of their pages."""

from datetime import datetime, timedelta

from server.locale import Language
from server.store.reading import Listed
from server.web.views import ConsultationHead

_DAY = timedelta(days=1)


def head_of(consultation: Listed, lang: Language, *, demo: bool) -> ConsultationHead:
    """What is said of a consultation, in English where it has English. ``demo`` marks a sample."""
    english = lang == "en"
    target = consultation.opens_at if consultation.phase == "announced" else consultation.closes_at
    return ConsultationHead(
        id=consultation.id,
        slug=consultation.slug,
        title=(english and consultation.title_en) or consultation.title,
        agency=(english and consultation.agency_name_en) or consultation.agency_name,
        summary=(english and consultation.summary_en) or consultation.summary,
        phase=consultation.phase,
        opens_at=consultation.opens_at,
        closes_at=consultation.closes_at,
        days_left=_days(consultation.now, target),
        contributions=consultation.contributions,
        moderation=consultation.moderation,
        tallies=consultation.tallies,
        demo=demo,
        title_lang="en" if english and consultation.title_en else "vi",
        version=consultation.version,
    )


def _days(now: datetime, target: datetime | None) -> int | None:
    """Days until ``target``, a begun one counted whole; None when there is none or it has passed."""
    return None if target is None or target <= now else -((now - target) // _DAY)
