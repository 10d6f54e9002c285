"""What is put to consultation: a document is uploaded, its tree is looked at beside the report and corrected; or statements are listed."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from consultations import tree
from consultations.blocks import Imported
from consultations.source import to_source
from consultations.statements import MOST_STATEMENTS, STATEMENT_LIMIT, read_statements
from server.documents import LARGEST_FILE_BYTES
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, NodeId
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.consulting import Text
from server.realtime.imported import imported_from
from server.realtime.imported import text_of as text_to_place
from server.store.drafts import Question, read_questions, read_version
from server.store.reading import Listed
from server.web import refusals
from server.web.desk import DESK, Desk, command_of, desk_url, draft_in_hand, field_error, fresh_command, head, in_hand
from server.web.desk_views import DoubtView, ImportView, LeftOutView
from server.web.door import Door, form, page
from server.web.fields import file_name_of, text_of
from server.web.import_words import DOUBT_WORDS, WHY_WORDS
from server.web.pages import redirect
from server.web.views import FormError

ROOM_FOR_FIELDS = 64 << 10
SOURCE_BYTES = 2 << 20
_PLACE = "noi-dung"
_COUNTED: tuple[tree.Kind, ...] = ("attachment", "part", "chapter", "section", "article", "clause", "point", "annex", "form", "table")


class Drafting:
    """The pages on which an editor puts the content of a consultation in place."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def doors(self) -> Sequence[Door]:
        one = DESK + "/{slug}/" + _PLACE
        return (
            page(one, Action.READ_DRAFT, self.content),
            form(one + "/tep", Action.EDIT_CONSULTATION, self.upload, limit=LARGEST_FILE_BYTES + ROOM_FOR_FIELDS, files=1),
            form(one + "/phat-bieu", Action.EDIT_CONSULTATION, self.list_statements, limit=SOURCE_BYTES),
            page(one + "/sua", Action.EDIT_CONSULTATION, self.source),
            form(one + "/sua", Action.EDIT_CONSULTATION, self.correct, limit=SOURCE_BYTES),
        )

    async def content(self, request: Request) -> Response:
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.READ_DRAFT)
        return await self._content(request, found)

    async def upload(self, request: Request) -> Response:
        """Reads the file in a process of its own. Only a text that came out whole replaces what was there."""
        viewer: Viewer = request.state.viewer
        found = await draft_in_hand(self._desk, request, Action.EDIT_CONSULTATION)
        command = await command_of(request)
        file = (await request.form()).get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            say = translator(viewer.lang)
            return await self._content(request, found, errors=(FormError("file", say("Xin chọn một tệp.")),))
        try:
            imported = await self._desk.reader.read_file(file.filename, await file.read())
            await self._place(viewer, command, found, imported, file_name_of(file.filename))
        except Refused as refused:
            if refused.code not in ("bad_document", "no_text"):
                raise
            return await self._content(request, found, errors=(field_error(refused, viewer.lang, "file"),))
        return redirect(request, f"{desk_url(found)}/noi-dung", notice="text_imported")

    async def list_statements(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        found = await draft_in_hand(self._desk, request, Action.EDIT_CONSULTATION)
        command = await command_of(request)
        typed = await text_of(request, "statements", SOURCE_BYTES)
        try:
            text = Text(None, [], [], read_statements(typed))
            await self._desk.consulting.place_text(viewer, command, found.id, text)
        except Refused as refused:
            if refused.code not in ("no_text", "too_long", "too_many", "said_twice"):
                raise
            return await self._content(request, found, typed, (_statement_error(refused, viewer),))
        return redirect(request, f"{desk_url(found)}/noi-dung", notice="statements_saved")

    async def source(self, request: Request) -> Response:
        found = await draft_in_hand(self._desk, request, Action.EDIT_CONSULTATION)
        stored = await self._stored(found)
        return source_page(self._desk, request, found, _PLACE, stored, to_source(stored[1].draft))

    async def correct(self, request: Request) -> Response:
        """Shows what the corrected text reads as, or puts it in place."""
        viewer: Viewer = request.state.viewer
        found = await draft_in_hand(self._desk, request, Action.EDIT_CONSULTATION)
        command = await command_of(request)
        typed = await text_of(request, "source", SOURCE_BYTES)
        saving = await text_of(request, "act", 10) == "luu"
        name, before = await self._stored(found)
        try:
            imported = with_left_out(await self._desk.reader.read_source(typed), before)
            if saving:
                await self._place(viewer, command, found, imported, name)
                return redirect(request, f"{desk_url(found)}/noi-dung", notice="text_corrected")
        except Refused as refused:
            if refused.code not in ("bad_document", "no_text"):
                raise
            errors = (field_error(refused, viewer.lang, "source"),)
            return source_page(self._desk, request, found, _PLACE, (name, before), typed, errors=errors)
        return source_page(self._desk, request, found, _PLACE, (name, imported), typed, tried=True)

    # --- what they share -----------------------------------------------------------------------------------------------

    async def _place(self, viewer: Viewer, command: CommandId, found: Listed, imported: Imported, name: str) -> None:
        await self._desk.consulting.place_text(viewer, command, found.id, text_to_place(imported, name))

    async def _stored(self, found: Listed) -> tuple[str, Imported]:
        """The name of the file that was uploaded and what was read from it. Raises: Refused ``not_found`` when there is none."""
        async with self._desk.pool.acquire() as connection:
            version = await read_version(connection, found.id, 1)
        if version is None:
            raise Refused("not_found")
        return version.file_name, imported_from(version)

    async def _content(
        self, request: Request, found: Listed, statements: str | None = None, errors: tuple[FormError, ...] = ()
    ) -> Response:
        lang = request.state.viewer.lang
        async with self._desk.pool.acquire() as connection:
            questions = await read_questions(connection, found.id)
            version = await read_version(connection, found.id, 1)
        listed = [question.statement for question in questions if question.statement is not None]
        shown = None if listed or version is None else import_view(version.file_name, imported_from(version), lang)
        return self._desk.pages.render(
            request,
            "editing/content.html",
            status=422 if errors else 200,
            head=head(found, lang, translator(lang)("Nội dung lấy ý kiến")),
            imported=shown,
            questions=_articles(questions),
            statements=listed,
            typed="\n".join(listed) if statements is None else statements,
            largest_file_mb=LARGEST_FILE_BYTES // 1_000_000,
            most_statements=MOST_STATEMENTS,
            statement_limit=STATEMENT_LIMIT,
            command=fresh_command(),
            errors=errors,
        )


def source_page(
    desk: Desk,
    request: Request,
    found: Listed,
    base: str,
    stored: tuple[str, Imported],
    typed: str,
    *,
    revision: int = 0,
    errors: tuple[FormError, ...] = (),
    tried: bool = False,
) -> Response:
    """The page on which a text is corrected as plain text, ``typed``, beside the report of what it was read as.

    ``base`` is the address below which its forms stand, ``stored`` the file's name with the text as it was last read.
    """
    lang = request.state.viewer.lang
    return desk.pages.render(
        request,
        "editing/source.html",
        status=422 if errors else 200,
        head=head(found, lang, translator(lang)("Sửa văn bản")),
        base=f"{desk_url(found)}/{base}",
        imported=import_view(*stored, lang),
        revision=revision,
        source=typed,
        tried=tried,
        command=fresh_command(),
        errors=errors,
    )


def import_view(name: str, imported: Imported, lang: tree.Language) -> ImportView:
    """An imported text beside its report."""
    say = translator(lang)
    draft = imported.draft
    anchors = tree.anchors(draft)
    labels = {path[-1].id: tree.full_label(path, lang) for path in tree.paths(draft)}
    counted = Counter(node.kind for node in tree.walk(draft))

    def where(node: NodeId | None) -> tuple[str, str]:
        return ("", "") if node is None else (labels.get(node, ""), anchors.get(node, ""))

    return ImportView(
        file_name=name,
        draft=draft,
        anchors=anchors,
        labels=labels,
        counts=tuple((kind, counted[kind]) for kind in _COUNTED if counted[kind]),
        left_out=tuple(LeftOutView(one.text, say(WHY_WORDS[one.why]), *where(one.after)) for one in imported.left_out),
        doubts=tuple(DoubtView(say(DOUBT_WORDS[one.code]), one.words, *where(one.node)) for one in imported.doubts),
        doubted=frozenset(one.node for one in imported.doubts if one.node is not None),
    )


def with_left_out(corrected: Imported, before: Imported) -> Imported:
    """A corrected text with what had been left out of the file, placed by permalinks: node ids begin anew."""
    was = tree.anchors(before.draft)
    now = {anchor: node for node, anchor in tree.anchors(corrected.draft).items()}
    kept = tuple(
        msgspec.structs.replace(one, after=now.get(was.get(one.after, "")) if one.after is not None else None) for one in before.left_out
    )
    return msgspec.structs.replace(corrected, left_out=kept)


def _statement_error(refused: Refused, viewer: Viewer) -> FormError:
    """A refusal of the list, with the line it speaks of."""
    sentence = refusals.sentence(refused, viewer.lang)
    _, line = translator(viewer.lang), refused.detail.get("line")
    return FormError("statements", sentence if line is None else _("Dòng %(line)s: ", line=line) + sentence)


def _articles(questions: Sequence[Question]) -> int:
    return sum(question.node is not None for question in questions)
