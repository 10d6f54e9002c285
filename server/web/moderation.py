"""The moderator's queue: what waits, what everyone sees, what is hidden; and the rulings that move contributions between them."""

import uuid
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultations.commands import Rule, RuleMany
from consultations.contribution import stand
from consultations.moderating import MOST_AT_ONCE, ruling_due
from consultations.phases import allows
from consultations.words import REASON_LIMIT
from server.identity.policy import Action, agencies_where, may, require
from server.identity.viewer import Viewer
from server.kernel.ids import AgencyId, CommandId, ConsultationId, ContributionId, consultation_topic
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.consulting import Consulting
from server.realtime.flagging import Flagging
from server.realtime.limits import MOST_TOPICS
from server.realtime.undoing import part_of, undo_of, what_was_done
from server.store import flags, opinion_files, reading
from server.store.connection import Connection, Pool
from server.store.reading import Listed, Row
from server.web import refusals, wording
from server.web.appeals import Appeals
from server.web.consultation_page import contribution_view
from server.web.copies import Copies
from server.web.desk_views import Done, DoneToMany, QueueItem, QueuePage, Tab
from server.web.door import Door, form, page
from server.web.fates import read_fates
from server.web.fields import text_of
from server.web.pages import Pages, redirect
from server.web.public_log import PublicLog
from server.web.texts import Texts
from server.web.views import Crumb, FormError, Pagination

QUEUE = "/kiem-duyet"
MOST_COUNTED = 100
"""Open appeals, and contributions that readers hold to break a rule, are counted up to here."""

PAGE = 20
"""Contributions on one page of the queue."""

STATES = {"cho": "waiting", "cong-khai": "visible", "an": "hidden"}
"""The lists of the queue by their names in addresses."""

OLDEST, FLAGGED = "cu", "bao"
"""Ask for the oldest first; for those that most readers hold to break a rule."""

_NAMES = {state: name for name, state in STATES.items()}
_SHOWN_AGAIN = ("no_rule", "no_reason", "too_long", "already", "seen_otherwise")


class _Wish:
    """Which part of the queue is asked for, from an address or from the hidden fields of a ruling. ``done`` is the contribution that was
    just ruled on, ``form`` the id of a form that has just ruled on many."""

    def __init__(self, asked: Mapping[str, str]) -> None:
        self.state = STATES.get(asked.get("muc", ""), "waiting")
        self.slug = asked.get("dot", "")
        self.after = _number(asked.get("truoc", ""))
        self.order = order if (order := asked.get("xep", "")) in (OLDEST, FLAGGED) else ""
        self.done = _number(asked.get("vua", ""))
        self.form = asked.get("nhieu", "")

    def fields(self) -> dict[str, str]:
        after = "" if self.after is None else str(self.after)
        return {"muc": _NAMES[self.state], "dot": self.slug, "xep": self.order, "truoc": after}

    def url(self, **changes: str) -> str:
        asked = [(name, value) for name, value in (self.fields() | changes).items() if value]
        return f"{QUEUE}?{urlencode(asked)}"


class Moderation:
    """The pages of moderators. Whoever moderates no agency does not get past the door."""

    def __init__(self, pool: Pool, pages: Pages, consulting: Consulting, texts: Texts) -> None:
        self._pool = pool
        self._pages = pages
        self._consulting = consulting
        self._texts = texts
        self._appeals = Appeals(pool, pages, consulting)
        self._log = PublicLog(pool, pages)
        self._copies = Copies(pool, pages)
        self._flagging = Flagging(pool)

    def doors(self) -> Sequence[Door]:
        own = (
            page(QUEUE, Action.READ_QUEUE, self.queue),
            form(QUEUE, Action.RULE, self.rule),
            form(QUEUE + "/nhieu", Action.RULE, self.rule_many),
            form(QUEUE + "/hoan-tac", Action.RULE, self.undo),
            form(QUEUE + "/bao-vi-pham", Action.RULE, self.settle),
        )
        return (*own, *self._appeals.doors(), *self._copies.doors(), *self._log.doors())

    async def queue(self, request: Request) -> Response:
        """One list of the queue, a page at a time; without a wish, what waits, or what everyone sees when nothing waits."""
        asked = request.query_params
        wish = _Wish(asked)
        if "muc" not in asked:
            async with self._pool.acquire() as connection:
                counts = await reading.queue_counts(connection, _agencies(request.state.viewer))
            wish.state = "waiting" if counts.get("waiting") else "visible"
        return await self._page(request, wish)

    async def rule(self, request: Request) -> Response:
        """One ruling, then back to where the moderator was. A refused one shows the page again with all that was typed."""
        viewer: Viewer = request.state.viewer
        wish = await _wish_of(request)
        command_id = await text_of(request, "id", 36)
        contribution = _number(await text_of(request, "contribution", 20))
        ruling, rule = await text_of(request, "ruling", 20), await text_of(request, "rule", 40)
        reason = await text_of(request, "reason", 4 * REASON_LIMIT)
        if contribution is None or ruling not in ("publish", "hide", "restore"):
            raise Refused("bad_input")
        seen = await text_of(request, "seen", 40)
        asked = Rule(ContributionId(contribution), ruling, rule or None, reason, seen)  # type: ignore[arg-type]
        await self._require_own(viewer, asked.contribution)
        try:
            await self._consulting.rule(viewer, CommandId(command_id), asked)
        except Refused as refused:
            if refused.code not in _SHOWN_AGAIN:
                raise
            return await self._page(request, wish, asked, refused)
        return redirect(request, QUEUE, **wish.fields(), vua=str(contribution))

    async def rule_many(self, request: Request) -> Response:
        """One ruling, with one rule and one reason, on all that were chosen, which may be of several consultations."""
        viewer: Viewer = request.state.viewer
        wish = await _wish_of(request)
        command = await text_of(request, "id", 36)
        ruling, rule = await text_of(request, "ruling", 20), await text_of(request, "rule", 40)
        reason = await text_of(request, "reason", 4 * REASON_LIMIT)
        chosen = [_chosen(str(value)) for value in (await request.form()).getlist("chosen")]
        if ruling not in ("publish", "hide", "restore") or len(chosen) > MOST_AT_ONCE:
            raise Refused("bad_input")
        try:
            if not chosen:
                raise Refused("nothing_chosen")
            groups = await self._by_consultation(viewer, dict(chosen))
            for consultation, seen in groups.items():
                id = part_of(CommandId(command), consultation)
                many = RuleMany(tuple(seen), ruling, rule or None, reason, tuple(seen.values()))  # type: ignore[arg-type]
                await self._consulting.moderate(viewer, id, many)
        except Refused as refused:
            if refused.code not in (*_SHOWN_AGAIN, "nothing_chosen"):
                raise
            tried = Rule(ContributionId(0), ruling, rule or None, reason)  # type: ignore[arg-type]
            return await self._page(request, wish, tried, refused, frozenset(dict(chosen)))
        return redirect(request, QUEUE, **wish.fields(), nhieu=command)

    async def undo(self, request: Request) -> Response:
        """Takes back what one form has just done to many, in every consultation that it ruled in."""
        viewer: Viewer = request.state.viewer
        wish = await _wish_of(request)
        form, command = CommandId(await text_of(request, "nhieu", 36)), CommandId(await text_of(request, "id", 36))
        assert viewer.person is not None
        try:
            async with self._pool.acquire() as connection:
                known = await reading.list_of_agencies(connection, _agencies(viewer))
                done = await what_was_done(connection, viewer.person, form, [one.id for one in known])
                undone = [await undo_of(connection, one) for one in done.answers] if done is not None else []
            if done is None:
                raise Refused("seen_otherwise")
            for made, undo in zip(done.answers, undone, strict=True):
                await self._consulting.moderate(viewer, part_of(command, made.consultation), undo)
        except Refused as refused:
            if refused.code not in ("seen_otherwise", "undo_too_late"):
                raise
            return await self._page(request, wish, Rule(ContributionId(0), "restore"), refused)
        return redirect(request, QUEUE, **wish.fields(), notice="rulings_undone")

    async def settle(self, request: Request) -> Response:
        """What readers hold against a contribution was looked at, and it stays."""
        wish = await _wish_of(request)
        contribution = ContributionId(_number(await text_of(request, "contribution", 20)) or 0)
        try:
            await self._flagging.settle(request.state.viewer, contribution, await text_of(request, "seen", 40))
        except Refused as refused:
            if refused.code != "seen_otherwise":
                raise
            return await self._page(request, wish, Rule(ContributionId(0), "restore"), refused)
        return redirect(request, QUEUE, **wish.fields(), notice="flags_settled")

    async def _by_consultation(
        self, viewer: Viewer, chosen: Mapping[ContributionId, str]
    ) -> dict[ConsultationId, dict[ContributionId, str]]:
        """What was chosen, by consultation. Raises: Refused ``not_found`` when one of them is not for the viewer to rule on."""
        async with self._pool.acquire() as connection:
            rows = await reading.read_contributions(connection, list(chosen))
            listed = await reading.read_consultations(connection, sorted({row.consultation for row in rows.values()}))
        groups: dict[ConsultationId, dict[ContributionId, str]] = {}
        for id, seen in chosen.items():
            row = rows.get(id)
            require(viewer, Action.RULE, agency=None if row is None else listed[row.consultation].agency, secret=True)
            assert row is not None
            groups.setdefault(row.consultation, {})[id] = seen
        return groups

    async def _require_own(self, viewer: Viewer, contribution: ContributionId) -> None:
        """Raises: Refused ``not_found`` for a contribution of an agency where the viewer does not moderate, as if there were none."""
        async with self._pool.acquire() as connection:
            row = await reading.read_contribution(connection, contribution)
            consultation = None if row is None else await reading.read_consultation_by_id(connection, row.consultation)
        require(viewer, Action.RULE, agency=None if consultation is None else consultation.agency, secret=True)

    async def _page(
        self,
        request: Request,
        wish: _Wish,
        tried: Rule | None = None,
        refused: Refused | None = None,
        chosen_again: frozenset[ContributionId] = frozenset(),
    ) -> Response:
        viewer: Viewer = request.state.viewer
        agencies = _agencies(viewer)
        async with self._pool.acquire() as connection:
            # The numbers from which the page goes on live are read before the lists, so that nothing falls between the two.
            known = [one for one in await reading.list_of_agencies(connection, agencies) if one.phase != "draft"]
            chosen = next((one for one in known if one.slug == wish.slug), None)
            if wish.slug and chosen is None:
                raise Refused("not_found")
            here = None if chosen is None else chosen.id
            after = None if wish.after is None else ContributionId(wish.after)
            if wish.order == FLAGGED:
                rows = await reading.most_flagged(connection, agencies, wish.state, here, PAGE)
            else:
                oldest = wish.order == OLDEST
                rows = await reading.moderation_queue(connection, agencies, wish.state, here, after, PAGE + 1, oldest_first=oldest)
            flagged = await flags.open_flags(connection, [row.id for row in rows])
            counts = await reading.queue_counts(connection, agencies, here)
            by_id = {one.id: one for one in known}
            items = [
                msgspec.structs.replace(
                    await self._item(connection, viewer, row, by_id[row.consultation], tried), flags=flagged.get(row.id)
                )
                for row in rows[:PAGE]
            ]
            done = await self._done(connection, viewer, wish.done)
            many = await self._done_to_many(connection, viewer, wish.form, known)
            appeals = len(await reading.open_appeals(connection, agencies, MOST_COUNTED))
            to_look_at = len(await reading.most_flagged(connection, agencies, "visible", here, MOST_COUNTED))
        _ = translator(viewer.lang)
        begin = wish.url(truoc="") if wish.after is not None else ""
        on = wish.url(truoc=str(rows[PAGE - 1].id)) if len(rows) > PAGE else ""
        shown = QueuePage(
            crumbs=(Crumb(_("Kiểm duyệt")),),
            state=wish.state,
            tabs=tuple(
                Tab(state, wish.url(muc=name, truoc=""), counts.get(state, 0), state == wish.state) for name, state in STATES.items()
            ),
            consultations=tuple((one.slug, _title(one, viewer.lang)) for one in known),
            chosen=wish.slug,
            items=tuple(items),
            rules=wording.rules(_),
            pagination=Pagination(begin, on) if wish.order != OLDEST else Pagination(on, begin),
            topics=_topics(known if chosen is None else [chosen]),
            back=tuple(wish.fields().items()),
            reason_limit=REASON_LIMIT,
            here=wish.url(truoc=""),
            done=done,
            done_to_many=many,
            orders=tuple(
                (label, wish.url(xep=order, truoc=""), wish.order == order)
                for order, label in (
                    ("", _("Mới nhất trước")),
                    (OLDEST, _("Cũ nhất trước")),
                    (FLAGGED, _("Bị báo vi phạm nhiều nhất")),
                )
            ),
            command=str(uuid.uuid4()),
            appeals=appeals,
            flagged=to_look_at,
            flagged_url=wish.url(muc=_NAMES["visible"], xep=FLAGGED, truoc=""),
            chosen_again=chosen_again,
            enter_url=f"/bien-tap/{chosen.slug}" if chosen is not None and allows("enter", chosen.phase) else "",  # type: ignore[arg-type]
            all_chosen=request.query_params.get("chon") == "het",
            choose_all_url=wish.url(chon="het"),
            tried_rule=(tried.rule or "") if tried and not tried.contribution else "",
            tried_reason=tried.reason if tried and not tried.contribution else "",
            errors=_errors(tried, refused, viewer.lang, {item.contribution.id for item in items}),
        )
        return self._pages.render(
            request, "moderation/queue.html", status=refusals.status_of(refused) if refused else 200, page=shown, here=wish.url()
        )

    async def _item(self, connection: Connection, viewer: Viewer, row: Row, consultation: Listed, tried: Rule | None) -> QueueItem:
        text = await self._texts.read(connection, consultation)
        fates = await read_fates(connection, self._texts, consultation, [row], viewer.lang)
        words = contribution_view(row, text, viewer.lang, consultation.slug, fate=fates.get(row.id))
        again = tried is not None and tried.contribution == row.id and tried.ruling == "hide" and row.state != "hidden"
        return QueueItem(
            contribution=words,
            suggestion=row.suggestion or "",
            consultation=_title(consultation, viewer.lang),
            consultation_lang="en" if viewer.lang == "en" and consultation.title_en else "vi",
            url=f"/lay-y-kien/{consultation.slug}" + (f"/v{consultation.version}#{words.anchor}" if words.anchor else ""),
            command=str(uuid.uuid4()),
            own=viewer.person in (row.author, row.entered_by),
            entered=None if row.entered_by is None else (await opinion_files.provenance(connection, [row.id])).get(row.id),
            hiding=again,
            rule=(tried.rule or "" if again and tried else row.rule or ""),
            reason=(tried.reason if again and tried else row.reason),
            seen=stand(row.revision, row.ruled_at),
            due=ruling_due(row) if row.state == "waiting" else None,
            late=row.state == "waiting" and consultation.now >= ruling_due(row),
        )

    async def _done(self, connection: Connection, viewer: Viewer, contribution: int | None) -> Done | None:
        """What the address says was just ruled on, if it is this moderator's to rule on."""
        row = None if contribution is None else await reading.read_contribution(connection, ContributionId(contribution))
        if row is None or row.state == "withdrawn":
            return None
        consultation = await reading.read_consultation_by_id(connection, row.consultation)
        if consultation is None or not may(viewer, Action.RULE, agency=consultation.agency):
            return None
        return Done(row.id, row.name, row.state, str(uuid.uuid4()))

    async def _done_to_many(self, connection: Connection, viewer: Viewer, form: str, known: Sequence[Listed]) -> DoneToMany | None:
        """What the form that the address names has just done, if it was this moderator's."""
        assert viewer.person is not None
        try:
            done = await what_was_done(connection, viewer.person, CommandId(form), [one.id for one in known]) if form else None
        except Refused:  # no id of a form
            done = None
        if done is None or not done.number:
            return None
        in_time = known[0].now < done.until
        return DoneToMany(done.number, form, str(uuid.uuid4()) if in_time else "", done.until)


async def _wish_of(request: Request) -> _Wish:
    """The part of the queue from which a form was sent."""
    return _Wish({name: await text_of(request, name, 200) for name in ("muc", "dot", "xep", "truoc")})


def _agencies(viewer: Viewer) -> list[AgencyId] | None:
    found = agencies_where(viewer, Action.READ_QUEUE)
    return None if found is None else sorted(found)


def _topics(consultations: list[Listed]) -> tuple[tuple[str, int], ...]:
    going = [one for one in consultations if one.phase == "open"]
    return tuple((consultation_topic(one.id), one.seq) for one in going[:MOST_TOPICS])


def _title(consultation: Listed, lang: str) -> str:
    return consultation.title_en if lang == "en" and consultation.title_en else consultation.title


def _errors(tried: Rule | None, refused: Refused | None, lang: str, shown: set[int]) -> tuple[FormError, ...]:
    """The refusal beside the field that caused it; at the head of the list when that contribution is no longer on this page."""
    if tried is None or refused is None:
        return ()
    if not tried.contribution:
        field = {"no_rule": "rule-nhieu", "no_reason": "reason-nhieu", "too_long": "reason-nhieu"}.get(refused.code, "danh-sach")
        return (FormError(field, refusals.sentence(refused, lang)),)
    kind = {"no_rule": "rule", "no_reason": "reason", "too_long": "reason"}.get(refused.code)
    field = f"{kind}-{tried.contribution}" if kind and tried.contribution in shown else "danh-sach"
    return (FormError(field, refusals.sentence(refused, lang)),)


def _chosen(text: str) -> tuple[ContributionId, str]:
    """One ticked box: a contribution and its stand when it was shown. Raises: Refused ``bad_input``."""
    number, _, seen = text.partition(".")
    found = _number(number)
    if found is None or len(seen) > 40:
        raise Refused("bad_input")
    return ContributionId(found), seen


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
