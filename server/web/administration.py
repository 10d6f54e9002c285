"""The administrator's pages: agencies, people and their roles, invitations, and the record of every such act."""

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response

from server.identity.people import GRANTED, People
from server.identity.policy import Action, agencies_where, may, require
from server.identity.viewer import Role, Viewer
from server.kernel.ids import AgencyId
from server.kernel.refused import Refused
from server.store import people as store
from server.store.connection import Pool
from server.store.people import Act, Agency
from server.web import refusals
from server.web.door import Door, form, page
from server.web.fields import number_of, text_of
from server.web.pages import Pages, redirect
from server.web.roles import ROLE_NAMES
from server.web.views import FormError

_ACTS_A_PAGE = 50
_DIGITS = 16
"""Of a digest: enough to tell one file from another; the record itself shows all."""


def _(text: str) -> str:
    """Marks a sentence for the catalogue."""
    return text


ACT_NAMES = {
    "agency_added": _("Thêm cơ quan"),
    "agency_renamed": _("Đổi tên cơ quan"),
    "invited": _("Mời nhận vai trò"),
    "invitation_withdrawn": _("Rút lời mời"),
    "role_accepted": _("Nhận vai trò"),
    "role_taken_away": _("Bỏ vai trò"),
    "role_given_at_console": _("Cấp vai trò từ máy chủ"),
    "taken_over": _("Tiếp nhận một đợt lấy ý kiến từ nơi khác"),
    "taken_off": _("Bỏ một hồ sơ tiếp nhận từ nơi khác"),
}


class AdministrationPages:
    """Each page shows only the agencies that the viewer administers; another one's is answered like one that does not exist."""

    def __init__(self, pool: Pool, pages: Pages, people: People, wake: Callable[[], None]) -> None:
        self._pool = pool
        self._pages = pages
        self._people = people
        self._wake = wake

    def doors(self) -> Sequence[Door]:
        return (
            page("/quan-tri", Action.MANAGE_PEOPLE, self.agencies),
            form("/quan-tri", Action.MANAGE_AGENCIES, self.add_agency),
            page("/quan-tri/nhat-ky", Action.READ_ACTS, self.acts),
            page("/quan-tri/he-thong", Action.MANAGE_PEOPLE, self.site),
            form("/quan-tri/he-thong/moi", Action.MANAGE_PEOPLE, self.invite_to_site),
            page("/quan-tri/co-quan/{slug}", Action.MANAGE_PEOPLE, self.agency),
            form("/quan-tri/co-quan/{slug}/ten", Action.MANAGE_AGENCIES, self.rename_agency),
            form("/quan-tri/co-quan/{slug}/moi", Action.MANAGE_PEOPLE, self.invite),
            form("/quan-tri/rut-loi-moi", Action.MANAGE_PEOPLE, self.withdraw),
            form("/quan-tri/bo-vai-tro", Action.MANAGE_PEOPLE, self.take_away),
        )

    # --- agencies ------------------------------------------------------------------------------------------------------

    async def agencies(self, request: Request) -> Response:
        return await self._agencies_page(request)

    async def add_agency(self, request: Request) -> Response:
        typed = {field: await text_of(request, field, 1_000) for field in ("slug", "name", "name_en")}
        try:
            await self._people.add_agency(request.state.viewer, typed["slug"].strip(), typed["name"], typed["name_en"])
        except Refused as refused:
            return await self._agencies_page(request, typed, refused)
        return redirect(request, f"/quan-tri/co-quan/{typed['slug'].strip()}", notice="agency_added")

    async def rename_agency(self, request: Request) -> Response:
        agency = await self._agency(request)
        typed = {field: await text_of(request, field, 1_000) for field in ("name", "name_en")}
        try:
            await self._people.rename_agency(request.state.viewer, agency.id, typed["name"], typed["name_en"])
        except Refused as refused:
            return await self._people_page(request, agency, typed, refused)
        return redirect(request, _way_to(agency), notice="agency_renamed")

    async def _agencies_page(self, request: Request, typed: dict[str, str] | None = None, refused: Refused | None = None) -> Response:
        viewer: Viewer = request.state.viewer
        return self._pages.render(
            request,
            "administration/agencies.html",
            status=refusals.status_of(refused) if refused else 200,
            agencies=await store.list_agencies(self._pool, _listed(agencies_where(viewer, Action.MANAGE_PEOPLE))),
            may_add=may(viewer, Action.MANAGE_AGENCIES),
            typed=typed or {},
            errors=_errors(viewer, refused),
        )

    # --- people --------------------------------------------------------------------------------------------------------

    async def agency(self, request: Request) -> Response:
        return await self._people_page(request, await self._agency(request))

    async def site(self, request: Request) -> Response:
        require(request.state.viewer, Action.MANAGE_PEOPLE, secret=True)
        return await self._people_page(request, None)

    async def invite(self, request: Request) -> Response:
        return await self._invite(request, await self._agency(request))

    async def invite_to_site(self, request: Request) -> Response:
        require(request.state.viewer, Action.MANAGE_PEOPLE, secret=True)
        return await self._invite(request, None)

    async def withdraw(self, request: Request) -> Response:
        await self._people.withdraw(request.state.viewer, await number_of(request, "invitation"))
        return redirect(request, await self._back(request), notice="invitation_withdrawn")

    async def take_away(self, request: Request) -> Response:
        await self._people.take_away(request.state.viewer, await number_of(request, "grant"))
        return redirect(request, await self._back(request), notice="role_taken_away")

    async def _invite(self, request: Request, agency: Agency | None) -> Response:
        viewer: Viewer = request.state.viewer
        typed = {field: await text_of(request, field, 300) for field in ("email", "role")}
        try:
            await self._people.invite(viewer, typed["email"], typed["role"], agency.id if agency else None, viewer.lang)
        except Refused as refused:
            return await self._people_page(request, agency, typed, refused)
        self._wake()
        return redirect(request, _way_to(agency), notice="invited")

    async def _people_page(
        self, request: Request, agency: Agency | None, typed: dict[str, str] | None = None, refused: Refused | None = None
    ) -> Response:
        viewer: Viewer = request.state.viewer
        where = agency.id if agency else None
        offered = GRANTED if agency else (Role.ADMINISTRATOR,)
        names = {role.value: self._pages.say(request, name) for role, name in ROLE_NAMES.items()}
        return self._pages.render(
            request,
            "administration/people.html",
            status=refusals.status_of(refused) if refused else 200,
            agency=agency,
            holders=await store.list_holders(self._pool, where),
            invitations=await store.list_invitations(self._pool, where),
            roles=[(role.value, names[role.value]) for role in offered],
            role_names=names,
            may_rename=agency is not None and may(viewer, Action.MANAGE_AGENCIES),
            typed=typed or {},
            errors=_errors(viewer, refused),
        )

    async def _agency(self, request: Request) -> Agency:
        """The agency named in the address, if the viewer administers it. Raises: Refused ``not_found``."""
        agency = await store.find_agency(self._pool, request.path_params["slug"])
        if agency is None:
            raise Refused("not_found")
        require(request.state.viewer, Action.MANAGE_PEOPLE, agency=agency.id, secret=True)
        return agency

    async def _back(self, request: Request) -> str:
        """The people page from which a form came: it names its agency, or none for the site."""
        slug = await text_of(request, "agency", 100)
        agency = await store.find_agency(self._pool, slug) if slug else None
        return _way_to(agency)

    # --- the record ----------------------------------------------------------------------------------------------------

    async def acts(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        asked = request.query_params.get("truoc", "")
        before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
        where = _listed(agencies_where(viewer, Action.READ_ACTS))
        acts = await store.list_acts(self._pool, where, before=before, limit=_ACTS_A_PAGE + 1)
        return self._pages.render(
            request,
            "administration/acts.html",
            acts=[
                (act, self._pages.say(request, ACT_NAMES.get(act.act, act.act)), self._detail(request, act)) for act in acts[:_ACTS_A_PAGE]
            ],
            older=acts[_ACTS_A_PAGE - 1].id if len(acts) > _ACTS_A_PAGE else None,
        )

    def _detail(self, request: Request, act: Act) -> str:
        """What was done, beyond its name: the role, the new name, or the digest of the file."""
        role = act.detail.get("role")
        if isinstance(role, str) and role in ROLE_NAMES:
            return self._pages.say(request, ROLE_NAMES[Role(role)])
        if "sha256" in act.detail:
            return f"SHA-256 {str(act.detail['sha256'])[:_DIGITS]}…"
        return str(act.detail.get("name", act.detail.get("slug", "")))


def _listed(agencies: frozenset[AgencyId] | None) -> list[AgencyId] | None:
    return None if agencies is None else sorted(agencies)


def _way_to(agency: Agency | None) -> str:
    return f"/quan-tri/co-quan/{agency.slug}" if agency else "/quan-tri/he-thong"


_FIELDS = {"bad_email": "email", "own_role": "email", "bad_role": "role", "bad_slug": "slug", "slug_taken": "slug"}


def _errors(viewer: Viewer, refused: Refused | None) -> tuple[FormError, ...]:
    if refused is None:
        return ()
    field = str(refused.detail.get("field") or _FIELDS.get(refused.code, "email"))
    return (FormError(field, refusals.sentence(refused, viewer.lang)),)
