"""The next version of a published draft: uploaded, corrected, compared, and put in place once it is known what becomes of everything
that people said."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import msgspec
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from consultations.blocks import Imported
from consultations.phases import allows
from consultations.places import placed_nodes
from consultations.source import to_source
from consultations.tree import Draft
from server.documents import LARGEST_FILE_BYTES
from server.identity.policy import Action, may
from server.identity.viewer import Viewer
from server.kernel.ids import NodeId
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.imported import text_of as text_to_place
from server.store import contributions, drafts, next_versions
from server.store.next_versions import NextVersion
from server.store.reading import Listed
from server.web import refusals
from server.web.comparison import Comparisons, compared
from server.web.desk import DESK, Desk, command_of, desk_url, field_error, fresh_command, head, in_hand
from server.web.door import Door, form, page
from server.web.drafting import ROOM_FOR_FIELDS, SOURCE_BYTES, import_view, source_page, with_left_out
from server.web.fates import Placer, state_of
from server.web.fields import file_name_of, text_of
from server.web.pages import redirect
from server.web.versions import look_of, view_of
from server.web.views import FormError

LISTED = 200
"""Contributions named before a version is put in place; the others are counted."""

_PLACE = "phien-ban"
_TOLD_FIRST = ("doubtful", "removed", "changed", "moved", "kept")


class Told(msgspec.Struct, frozen=True):
    """What will become of one contribution; ``first`` and ``now`` are the names of its places, ``now`` empty where there is none."""

    id: int
    name: str
    text: str
    quote: str
    state: str
    first: str
    now: str


class NextVersionPages:
    """The editor's pages of a version in preparation."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._comparisons = Comparisons(desk.pool)

    def doors(self) -> Sequence[Door]:
        one = DESK + "/{slug}/" + _PLACE
        return (
            page(one, Action.READ_DRAFT, self.overview),
            form(one + "/tep", Action.EDIT_CONSULTATION, self.upload, limit=LARGEST_FILE_BYTES + ROOM_FOR_FIELDS, files=1),
            page(one + "/sua", Action.EDIT_CONSULTATION, self.source),
            form(one + "/sua", Action.EDIT_CONSULTATION, self.correct, limit=SOURCE_BYTES),
            page(one + "/doi-chieu", Action.READ_DRAFT, self.compare),
            page(one + "/xac-nhan", Action.PUBLISH_CONSULTATION, self.confirm),
            form(one + "/xac-nhan", Action.PUBLISH_CONSULTATION, self.place),
            form(one + "/bo", Action.EDIT_CONSULTATION, self.drop),
        )

    async def overview(self, request: Request) -> Response:
        return await self._overview(request, await self._in_hand(request, Action.READ_DRAFT))

    async def upload(self, request: Request) -> Response:
        """Reads the file in a process of its own. Only a text that came out whole replaces what was in preparation."""
        viewer: Viewer = request.state.viewer
        found = await self._preparing(request)
        revision = await _revision(request)
        file = (await request.form()).get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return await self._overview(request, found, (FormError("file", translator(viewer.lang)("Xin chọn một tệp.")),))
        try:
            imported = await self._desk.reader.read_file(file.filename, await file.read())
            await keep(self._desk, found, revision, file_name_of(file.filename), imported)
        except Refused as refused:
            if refused.code not in ("bad_document", "no_text", "edited_meanwhile"):
                raise
            return await self._overview(request, found, (field_error(refused, viewer.lang, "file"),))
        return redirect(request, f"{desk_url(found)}/phien-ban", notice="text_imported")

    async def source(self, request: Request) -> Response:
        """The text in preparation, or the newest version where none is, to be corrected."""
        found = await self._preparing(request)
        prepared = await in_preparation(self._desk, found)
        imported = imported_of(prepared)
        stored = (prepared.file_name, imported)
        return source_page(self._desk, request, found, _PLACE, stored, to_source(imported.draft), revision=prepared.revision)

    async def correct(self, request: Request) -> Response:
        """Shows what the corrected text reads as, or keeps it."""
        viewer: Viewer = request.state.viewer
        found = await self._preparing(request)
        typed, revision = await text_of(request, "source", SOURCE_BYTES), await _revision(request)
        prepared = await in_preparation(self._desk, found)
        before = imported_of(prepared)
        try:
            imported = with_left_out(await self._desk.reader.read_source(typed), before)
            if await text_of(request, "act", 10) == "luu":
                await keep(self._desk, found, revision, prepared.file_name, imported)
                return redirect(request, f"{desk_url(found)}/phien-ban", notice="text_corrected")
        except Refused as refused:
            if refused.code not in ("bad_document", "no_text", "edited_meanwhile"):
                raise
            errors = (field_error(refused, viewer.lang, "source"),)
            stored = (prepared.file_name, before)
            return source_page(self._desk, request, found, _PLACE, stored, typed, revision=revision, errors=errors)
        return source_page(self._desk, request, found, _PLACE, (prepared.file_name, imported), typed, revision=revision, tried=True)

    async def compare(self, request: Request) -> Response:
        """What the text in preparation changes in the newest version."""
        found = await self._in_hand(request, Action.READ_DRAFT)
        prepared, lang = await self._prepared(found), request.state.viewer.lang
        if prepared is None:
            return redirect(request, f"{desk_url(found)}/phien-ban")
        newest = await self._comparisons.draft(found.id, found.version)
        assert newest is not None
        comparison = await asyncio.to_thread(compared, newest, _draft(prepared))
        _, number = translator(lang), found.version + 1
        return self._desk.pages.render(
            request,
            "versions/prepared_comparison.html",
            head=head(found, lang, _("So sánh với phiên bản %(number)s", number=found.version)),
            shown=view_of(comparison, found.version, number, look_of(request), lang, f"{desk_url(found)}/phien-ban/doi-chieu"),
            newest=found.version,
        )

    async def confirm(self, request: Request) -> Response:
        """What becomes of the contributions, before the version is put in place."""
        found = await self._preparing(request, Action.PUBLISH_CONSULTATION)
        prepared = await self._prepared(found)
        return redirect(request, f"{desk_url(found)}/phien-ban") if prepared is None else await self._confirm(request, found, prepared)

    async def place(self, request: Request) -> Response:
        """Puts the version in place, exactly as it was shown."""
        viewer: Viewer = request.state.viewer
        command, revision = await command_of(request), await _revision(request)
        found = await self._in_hand(request, Action.PUBLISH_CONSULTATION)
        prepared = await self._prepared(found)
        if prepared is None:  # a form sent twice: it is in place
            return redirect(request, f"{desk_url(found)}/phien-ban")
        if prepared.revision != revision:
            return await self._confirm(request, found, prepared, Refused("edited_meanwhile"))
        imported = imported_of(prepared)
        placer = await self._placer(found, imported.draft)
        text = text_to_place(imported, prepared.file_name)
        predecessors = placer.correspondences[found.version].predecessors
        await self._desk.consulting.place_version(viewer, command, found.id, prepared.number, text, predecessors, placer.place)
        async with self._desk.pool.acquire() as connection:
            await next_versions.drop(connection, found.id, prepared.number)
        return redirect(request, f"{desk_url(found)}/phien-ban", notice="version_placed")

    async def drop(self, request: Request) -> Response:
        found = await self._in_hand(request, Action.EDIT_CONSULTATION)
        async with self._desk.pool.acquire() as connection:
            await next_versions.drop(connection, found.id, found.version + 1)
        return redirect(request, f"{desk_url(found)}/phien-ban", notice="version_dropped")

    # --- what they share -----------------------------------------------------------------------------------------------

    async def _in_hand(self, request: Request, action: Action) -> Listed:
        async with self._desk.pool.acquire() as connection:
            return await in_hand(connection, request, action)

    async def _preparing(self, request: Request, action: Action = Action.EDIT_CONSULTATION) -> Listed:
        return preparing(await self._in_hand(request, action))

    async def _prepared(self, found: Listed) -> NextVersion | None:
        async with self._desk.pool.acquire() as connection:
            return await next_versions.read(connection, found.id, found.version + 1)

    async def _placer(self, found: Listed, new: Draft) -> Placer:
        """Knows by now where everything is that has been said until now."""
        earlier = {}
        for number in range(1, found.version + 1):
            draft = await self._comparisons.draft(found.id, number)
            assert draft is not None
            earlier[number] = draft
        async with self._desk.pool.acquire() as connection:
            every = await contributions.load_all(connection, found.id)
        spoken = [one for one in every.values() if one.node is not None and one.parent is None]
        places = {NodeId(one.node): NodeId(one.place) for one in placed_nodes(new)}

        def made() -> Placer:
            placer = Placer(earlier, new, places)
            placer.place(spoken)
            return placer

        return await asyncio.to_thread(made)

    async def _overview(self, request: Request, found: Listed, errors: tuple[FormError, ...] = ()) -> Response:
        viewer: Viewer = request.state.viewer
        async with self._desk.pool.acquire() as connection:
            versions = await drafts.list_versions(connection, found.id)
            prepared = await next_versions.read(connection, found.id, found.version + 1)
            text = await drafts.read_version(connection, found.id, found.version)
        return self._desk.pages.render(
            request,
            "versions/overview.html",
            status=422 if errors else 200,
            head=head(found, viewer.lang, translator(viewer.lang)("Các phiên bản")),
            versions=[one for one in versions if one[0] <= found.version] if text is not None and found.phase != "draft" else [],
            prepared=prepared,
            imported=None if prepared is None else import_view(prepared.file_name, imported_of(prepared), viewer.lang),
            number=found.version + 1,
            can_prepare=text is not None and allows("place_version", found.phase),  # type: ignore[arg-type]
            can_place=may(viewer, Action.PUBLISH_CONSULTATION, agency=found.agency),
            largest_file_mb=LARGEST_FILE_BYTES // 1_000_000,
            command=fresh_command(),
            errors=errors,
        )

    async def _confirm(self, request: Request, found: Listed, prepared: NextVersion, refused: Refused | None = None) -> Response:
        lang = request.state.viewer.lang
        draft = _draft(prepared)
        placer = await self._placer(found, draft)
        async with self._desk.pool.acquire() as connection:
            every = await contributions.load_all(connection, found.id)
            olds = {number: await self._desk.texts.read(connection, found, number) for number in range(1, found.version + 1)}
        spoken = [one for one in every.values() if one.node is not None and one.parent is None and one.state != "withdrawn"]
        placed = placer.place(spoken)
        labels = import_view("", imported_of(prepared), lang).labels
        told = [
            Told(
                one.id,
                one.name,
                one.text,
                one.quote,
                state_of(placement),
                olds[one.version].name(one.node, lang)[0],
                labels.get(placement.node, "") if placement.node is not None else "",
            )
            for one, placement in zip(spoken, placed, strict=True)
        ]
        told.sort(key=lambda one: (_TOLD_FIRST.index(one.state), one.id))
        counted = Counter(one.state for one in told)
        return self._desk.pages.render(
            request,
            "versions/confirmation.html",
            status=200 if refused is None else refusals.status_of(refused),
            head=head(found, lang, translator(lang)("Xác nhận phiên bản mới")),
            number=prepared.number,
            revision=prepared.revision,
            counts=[(state, counted[state]) for state in _TOLD_FIRST],
            total=len(told),
            told=told[:LISTED],
            votes=found.phase == "open",
            command=fresh_command(),
            errors=() if refused is None else (field_error(refused, lang),),
        )


def preparing(found: Listed) -> Listed:
    """The consultation, if a next version may be prepared for it now. Raises: Refused ``wrong_phase``."""
    if not allows("place_version", found.phase):  # type: ignore[arg-type]
        raise Refused("wrong_phase", phase=found.phase)
    return found


async def in_preparation(desk: Desk, found: Listed) -> NextVersion:
    """The text in preparation; where none is, the newest version as the beginning of one (revision 0).

    Raises: Refused ``not_found`` where the consultation is not on a text.
    """
    async with desk.pool.acquire() as connection:
        prepared = await next_versions.read(connection, found.id, found.version + 1)
        newest = await drafts.read_version(connection, found.id, found.version)
    if newest is None:
        raise Refused("not_found")
    if prepared is not None:
        return prepared
    return NextVersion(found.version + 1, 0, newest.file_name, newest.draft, newest.left_out, newest.warnings, found.now)


async def keep(desk: Desk, found: Listed, revision: int, name: str, imported: Imported) -> None:
    """Keep a text in preparation in place of ``revision``. Raises: Refused ``edited_meanwhile``."""
    built = msgspec.to_builtins
    text = NextVersion(
        found.version + 1, revision, name, built(imported.draft), built(imported.left_out), built(imported.doubts), found.now
    )
    if not placed_nodes(imported.draft):
        raise Refused("no_text")
    async with desk.pool.acquire() as connection:
        if not await next_versions.save(connection, found.id, text):
            raise Refused("edited_meanwhile")


def imported_of(prepared: NextVersion) -> Imported:
    """What the importer had read."""
    return msgspec.convert({"draft": prepared.draft, "left_out": prepared.left_out, "doubts": prepared.warnings}, Imported)


def _draft(prepared: NextVersion) -> Draft:
    return msgspec.convert(prepared.draft, Draft)


async def _revision(request: Request) -> int:
    text = await text_of(request, "revision", 10)
    return int(text) if text.isascii() and text.isdigit() else 0
