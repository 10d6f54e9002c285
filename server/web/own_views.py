"""What the pages of one's own contributions show, as plain data; see ``server.web.views``."""

import msgspec

from server.web.views import ConsultationHead, ContributionView, Crumb, FormError, Pagination


class MyContribution(msgspec.Struct, frozen=True):
    """One's own contribution, whatever became of it. ``rule`` and ``reason`` are set when a moderator hid it."""

    contribution: ContributionView
    consultation: ConsultationHead
    rule: str = ""
    reason: str = ""
    editable: bool = False


class MyContributionsPage(msgspec.Struct, frozen=True):
    """``citizen/mine.html``. ``topics`` are (topic, number of its newest event) to follow for rulings."""

    crumbs: tuple[Crumb, ...]
    items: tuple[MyContribution, ...]
    topics: tuple[tuple[str, int], ...] = ()
    pagination: Pagination = Pagination()


class EditPage(msgspec.Struct, frozen=True):
    """``citizen/edit.html``: other words for one's own contribution."""

    crumbs: tuple[Crumb, ...]
    item: MyContribution
    command: str
    text: str
    suggestion: str | None
    text_limit: int
    errors: tuple[FormError, ...] = ()


class WithdrawalPage(msgspec.Struct, frozen=True):
    """``citizen/withdraw.html``: asks once more before a contribution is withdrawn. ``command`` is a fresh UUID."""

    crumbs: tuple[Crumb, ...]
    item: MyContribution
    command: str
