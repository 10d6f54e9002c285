"""What every page of an editor stands on: the doors of the server below, and the consultation in hand."""

import uuid

import msgspec
from starlette.requests import Request

from server.documents.apart import Reader
from server.identity.policy import Action, may
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.consulting import Consulting
from server.store import reading
from server.store.connection import Connection, Pool
from server.store.reading import Listed
from server.web import refusals
from server.web.desk_views import Head
from server.web.fields import text_of
from server.web.pages import Pages
from server.web.texts import Texts
from server.web.views import Crumb, FormError

DESK = "/bien-tap"
_LONGEST_CRUMB = 48


class Desk(msgspec.Struct, frozen=True):
    """Everything that an editor's pages use."""

    pool: Pool
    pages: Pages
    consulting: Consulting
    texts: Texts
    reader: Reader


async def in_hand(connection: Connection, request: Request, action: Action) -> Listed:
    """The consultation that the address names.

    Raises: Refused ``not_found`` when there is none or when the viewer may not do ``action`` to it, which must look the same.
    """
    found = await reading.read_consultation(connection, request.path_params["slug"])
    viewer: Viewer = request.state.viewer
    if found is None or not may(viewer, action, agency=found.agency):
        raise Refused("not_found")
    return found


async def draft_in_hand(desk: Desk, request: Request, action: Action) -> Listed:
    """``in_hand``, for what is done only to a draft.

    Raises: Refused ``not_found``, ``wrong_phase``.
    """
    async with desk.pool.acquire() as connection:
        found = await in_hand(connection, request, action)
    if found.phase != "draft":
        raise Refused("wrong_phase", phase=found.phase)
    return found


def desk_url(consultation: Listed) -> str:
    """The address of the editor's page of one consultation."""
    return f"{DESK}/{consultation.slug}"


def head(consultation: Listed, lang: str, *steps: str) -> Head:
    """What stands above a page: the consultation, and the way back from ``steps`` (the page itself is the last of them)."""
    _ = translator(lang)
    translated = lang == "en" and bool(consultation.title_en)
    title, title_lang = (consultation.title_en, "en") if translated else (consultation.title, "vi")
    name = consultation.agency_name_en if lang == "en" and consultation.agency_name_en else consultation.agency_name
    above = (Crumb(_("Biên tập"), DESK), Crumb(_short(title), desk_url(consultation) if steps else "", title_lang))
    public = f"/lay-y-kien/{consultation.slug}"
    crumbs = above + tuple(Crumb(step) for step in steps)
    return Head(consultation.slug, title, name, consultation.phase, desk_url(consultation), public, crumbs, title_lang)


def _short(title: str) -> str:
    """A title for the way back, where there is room for one line."""
    return title if len(title) <= _LONGEST_CRUMB else title[:_LONGEST_CRUMB].rpartition(" ")[0] + "…"


def fresh_command() -> str:
    """An id for the form on a page, so that sending it twice does once what it says."""
    return str(uuid.uuid4())


async def command_of(request: Request) -> CommandId:
    """The id that came with a form."""
    return CommandId(await text_of(request, "id", 36))


def field_error(refused: Refused, lang: str, field: str = "") -> FormError:
    """A refusal beside the field it names, or beside ``field``."""
    return FormError(str(refused.detail.get("field", field) or field), refusals.sentence(refused, lang))
