"""Puts a consultation's page together: its words, and beside each điều the votes and what people say."""

from collections.abc import Mapping
from typing import get_args
from urllib.parse import quote
from uuid import uuid4

import msgspec
from msgspec.structs import replace

from consultations.contributing import OFFICIAL
from consultations.contribution import Kind
from consultations.words import NAME_LIMIT, TEXT_LIMIT
from server.identity.policy import Action, may
from server.identity.viewer import Viewer
from server.kernel.ids import ContributionId, NodeId, QuestionId, consultation_topic
from server.kernel.refused import Refused
from server.locale import Language, translator
from server.realtime.votes import voter_key
from server.store import lists, questions, reading, votes
from server.store.connection import Connection
from server.store.reading import Listed, Row
from server.web.answers import public_answers
from server.web.counts import Counts
from server.web.fates import read_fates
from server.web.followed import NOTHING, followed_by, marked
from server.web.heads import head_of
from server.web.papers import papers_of
from server.web.texts import Text, Texts, Words
from server.web.views import (
    AnswerView,
    ConsultationPage,
    ContributionForm,
    ContributionView,
    Crumb,
    Fate,
    NodeBlock,
    Numbers,
    Place,
    Statement,
    VoteBox,
)
from server.web.wording import Translate, rules

NEWEST = 10
"""Contributions shown beside one điều; the others are a link away."""

WHOLE = "toan-van"
"""Stands in addresses for the whole draft."""


class Wish(msgspec.Struct, frozen=True):
    """What the viewer asked of the page besides reading it: a ``form`` open at a place, a vote ``chosen``, a word on what was sent.

    ``sent`` is the id of a contribution that the viewer has just made. A form's ``node`` is one that may be spoken of, or empty.
    """

    form: ContributionForm | None = None
    chosen: tuple[QuestionId, int] | None = None
    sent: int | None = None


def fresh_form(viewer: Viewer, node: str) -> ContributionForm:
    """A form with nothing written in it but the viewer's usual name. Its id makes a double submit one contribution."""
    return ContributionForm(command=str(uuid4()), node=node, name=viewer.name)


def kinds_of(viewer: Viewer) -> tuple[str, ...]:
    """As which the viewer may speak."""
    official = may(viewer, Action.SPEAK_FOR_AGENCY)
    return tuple(kind for kind in get_args(Kind) if official or kind not in OFFICIAL)


def standing_of(viewer: Viewer, consultation: Listed) -> str:
    """What the viewer can do here now: ``vote``, ``sign_in`` or ``look``."""
    if consultation.phase != "open":
        return "look"
    if not viewer.signed_in:
        return "sign_in"
    return "vote" if may(viewer, Action.VOTE, agency=consultation.agency) else "look"


def may_show_totals(consultation: Listed) -> bool:
    """Whether totals are public now. The store keeps to the same rule by itself."""
    return consultation.tallies == "live" or consultation.phase in ("closed", "answered", "archived", "cancelled")


def contribution_view(
    row: Row, text: Text, lang: Language, slug: str = "", answer: AnswerView | None = None, fate: Fate | None = None
) -> ContributionView:
    """A contribution with the name of what it speaks of."""
    label, anchor = text.name(row.node, lang)
    return ContributionView(
        row.id,
        translator(lang)("Ý kiến số %(number)s", number=row.id) if row.erased_at else row.name,
        row.kind,
        row.verified,
        row.text,
        row.at,
        row.state,
        label,
        anchor,
        side=row.side or "",
        quote=row.quote,
        version=row.version,
        suggests=row.suggestion is not None,
        channel=row.channel,
        edited_at=row.edited_at,
        supports=row.supports,
        replies=row.replies,
        url=voice_url(slug, row.id) if slug else "",
        answer=answer,
        fate=fate,
        source=row.source,
        erased_at=row.erased_at,
    )


def voice_url(slug: str, contribution: ContributionId) -> str:
    """The page of one contribution, for ever."""
    return f"/lay-y-kien/{slug}/gop-y/{contribution}"


class _Composition:
    """Everything that one view of a consultation's page needs, read once."""

    def __init__(self, viewer: Viewer, consultation: Listed, texts: Texts, text: Text, wish: Wish, *, demo: bool) -> None:
        self._viewer = viewer
        self._texts = texts
        self._consultation = consultation
        self._text = text
        self._wish = wish
        self._lang: Language = viewer.lang
        self._translate: Translate = translator(viewer.lang)
        self._head = head_of(consultation, viewer.lang, demo=demo)
        self._newest: Mapping[NodeId | None, list[Row]] = {}
        self._answers: Mapping[ContributionId, AnswerView] = {}
        self._totals: Mapping[NodeId | None, int] = {}
        self._people: Mapping[QuestionId, list[int]] = {}
        self._mine: Mapping[QuestionId, int] = {}
        self._sent: Row | None = None
        self._followed = NOTHING
        self._fates: Mapping[ContributionId, Fate] = {}
        self._gone = 0

    async def page(self, connection: Connection, counts: Counts) -> ConsultationPage:
        """The page. The number of its newest event was read before anything else, so that what comes later is only told twice."""
        _, consultation, text = self._translate, self._consultation, self._text
        await self._read(connection)
        questionnaire, polls = await questions.offered(connection, consultation.id)
        shown = may_show_totals(consultation)
        people = await counts.people(connection, consultation.id, heard=shown and consultation.target is not None)
        told = people.told(shown=shown)
        words = text.words.get(self._lang)
        return ConsultationPage(
            head=self._head,
            papers=await papers_of(connection, consultation, self._lang),
            crumbs=(Crumb(self._head.title, lang=self._head.title_lang),),
            topic=consultation_topic(consultation.id),
            seq=consultation.seq,
            numbers=Numbers(
                told.voters,
                None if told.voters is None else people.answers,
                sum(self._totals.values()) + self._gone,
                told.contributors,
                told.heard,
                told.least,
                shown,
            ),
            toc=words.toc if words else (),
            nodes=tuple(self._filled(block, words) for block in words.blocks) if words else (),
            statements=self._statements(),
            whole=self._place(None, _("toàn văn"), WHOLE, (("", _("Toàn văn")),)),
            rules=tuple(sentence for _code, sentence in rules(_)),
            standing=standing_of(self._viewer, consultation),  # type: ignore[arg-type]
            name=self._viewer.name,
            kinds=kinds_of(self._viewer),
            text_limit=TEXT_LIMIT,
            name_limit=NAME_LIMIT,
            text_lang=words.lang if words else "vi",
            followed=self._followed.whole,
            followed_contributions=self._followed.contributions,
            gone=self._gone,
            questionnaire=questionnaire,
            open_polls=tuple(polls),
            closing_reason="" if consultation.phase in ("announced", "open") else await reading.closing_reason(connection, consultation.id),
        )

    async def _read(self, connection: Connection) -> None:
        consultation, person, text = self._consultation, self._viewer.person, self._text
        self._newest = await reading.newest_by_place(connection, consultation.id, NEWEST)
        shown = [row for rows in self._newest.values() for row in rows]
        self._answers = await public_answers(connection, self._texts, consultation, [row.id for row in shown], self._lang)
        self._fates = await read_fates(connection, self._texts, consultation, shown, self._lang)
        self._gone = await lists.total_gone(connection, consultation.id) if consultation.version > 1 else 0
        self._totals = await reading.visible_totals(connection, consultation.id)
        self._people = (await votes.read_totals(connection, consultation.id)).people if may_show_totals(consultation) else {}
        self._followed = await followed_by(connection, self._viewer, consultation)
        if person is not None:
            self._mine = await votes.own_votes(connection, consultation.id, voter_key(text.voter_secret, person))
            if self._wish.sent is not None:
                sent = await reading.read_contribution(connection, ContributionId(self._wish.sent))
                self._sent = sent if sent is not None and sent.author == person and sent.consultation == consultation.id else None

    def _filled(self, block: NodeBlock, words: Words) -> NodeBlock:
        """A block with what people do beside it, down to the last that has something beside it."""
        listing = words.listings.get(NodeId(block.node))
        children = block.children if listing else tuple(self._filled(child, words) for child in block.children)
        if listing is None:
            return replace(block, children=children)
        node = NodeId(block.node)
        return replace(
            marked(block, self._followed.nodes),
            below=tuple(self._filled(child, words) for child in block.below),
            vote=self._vote_on(node, listing.label),
            place=self._place(node, listing.label, listing.anchor, listing.choices),
        )

    def _vote_on(self, node: NodeId, label: str) -> VoteBox | None:
        question = self._text.question_on.get(node)
        return None if question is None else self._vote(question, label)

    def _vote(self, question: QuestionId, label: str) -> VoteBox:
        people = self._people.get(question)
        chosen = self._wish.chosen
        return VoteBox(
            question=question,
            label=label,
            totals=(people[0], people[1], people[2]) if people else None,
            mine=self._mine.get(question),
            chosen=chosen[1] if chosen is not None and chosen[0] == question else None,
        )

    def _statements(self) -> tuple[Statement, ...]:
        _, text = self._translate, self._text
        stated = [question for question in text.questions if question.statement is not None]
        return tuple(
            Statement(number, text.anchor_of(one), one.statement or "", self._vote(one.id, _("câu %(number)s", number=number)))
            for number, one in enumerate(stated, 1)
        )

    def _place(self, node: NodeId | None, label: str, anchor: str, choices: tuple[tuple[str, str], ...]) -> Place:
        return Place(
            node=node or "",
            label=label,
            anchor=anchor,
            total=self._totals.get(node, 0),
            newest=tuple(self._voice(row) for row in self._newest.get(node, ())),
            all_url=f"{self._head.url}/y-kien/{anchor}",
            write_url=f"{self._head.page_url}?gop-y={quote(node or WHOLE)}#gop-y-{anchor}",
            choices=choices,
            form=self._form_at(node),
            said=self._said_at(node),
        )

    def _voice(self, row: Row) -> ContributionView:
        return contribution_view(row, self._text, self._lang, self._head.slug, self._answers.get(row.id), self._fates.get(row.id))

    def _form_at(self, place: NodeId | None) -> ContributionForm | None:
        form = self._wish.form
        if form is None:
            return None
        at = self._text.places.get(NodeId(form.node)) if form.node else None
        return form if at == place else None

    def _said_at(self, place: NodeId | None) -> str:
        _ = self._translate
        if self._sent is None or self._sent.place != place:
            return ""
        match self._sent.state:
            case "visible":
                return _("Ý kiến của ông/bà đã được ghi nhận và công khai.")
            case "waiting":
                return _("Ý kiến của ông/bà đã được ghi nhận và đang chờ kiểm duyệt.")
            case _other:
                return ""  # withdrawn or hidden since: the page of one's own contributions tells


async def find_consultation(connection: Connection, viewer: Viewer, slug: str) -> Listed:
    """A consultation that the viewer may read.

    Raises: Refused ``not_found``, for a draft also to everybody but the editors of its agency.
    """
    found = await reading.read_consultation(connection, slug) if "\0" not in slug else None
    if found is None or (found.phase == "draft" and not may(viewer, Action.READ_DRAFT, agency=found.agency)):
        raise Refused("not_found")
    return found


async def own_contribution(connection: Connection, viewer: Viewer, contribution: ContributionId) -> Row:
    """A contribution of the viewer's own that still has its words.

    Raises: Refused ``not_found`` for what is not one's own, ``already`` (``erased``).
    """
    row = await reading.read_contribution(connection, contribution)
    if row is None or row.author is None or row.author != viewer.person:
        raise Refused("not_found")
    if row.erased_at is not None:
        raise Refused("already", state="erased")
    return row


async def read_page(
    connection: Connection, texts: Texts, counts: Counts, viewer: Viewer, consultation: Listed, wish: Wish, *, demo: bool
) -> ConsultationPage:
    """The page of a consultation as this viewer may see it."""
    text = await texts.read(connection, consultation)
    if wish.form is not None and wish.form.node and wish.form.node not in text.places:
        wish = replace(wish, form=replace(wish.form, node=""))
    return await _Composition(viewer, consultation, texts, text, wish, demo=demo).page(connection, counts)
