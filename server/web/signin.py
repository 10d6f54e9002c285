"""Signing in and out, the account page with its devices, and the acceptance of invitations."""

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response

from server.identity.contact import display_name
from server.identity.keys import Keys, new_secret
from server.identity.people import People
from server.identity.policy import Action
from server.identity.sessions import Sessions
from server.identity.signin import SignIn
from server.identity.viewer import Role, Viewer
from server.kernel.ids import SessionId
from server.kernel.refused import Refused
from server.store import identity as store
from server.store.connection import Pool
from server.store.people import Agency, list_agencies
from server.web import refusals
from server.web.cookies import Cookies
from server.web.device import describe_device
from server.web.door import Door, form, page
from server.web.fields import number_in_path, number_of, text_of
from server.web.pages import Pages, redirect, way
from server.web.roles import ROLE_NAMES
from server.web.views import FormError


class SignInPages:
    """``wake`` says that a job has been committed; ``session_lasts_s`` is how long a browser keeps the session's cookie.

    ``codes_on_console`` makes the page say where codes appear when no mail is sent.
    """

    def __init__(
        self,
        pool: Pool,
        pages: Pages,
        keys: Keys,
        sessions: Sessions,
        sign_in: SignIn,
        people: People,
        wake: Callable[[], None],
        *,
        session_lasts_s: int,
        codes_on_console: bool,
    ) -> None:
        self._pool = pool
        self._pages = pages
        self._keys = keys
        self._sessions = sessions
        self._sign_in = sign_in
        self._people = people
        self._wake = wake
        self._session_lasts_s = session_lasts_s
        self._codes_on_console = codes_on_console

    def doors(self) -> Sequence[Door]:
        return (
            page("/dang-nhap", Action.SIGN_IN, self.ask_contact),
            form("/dang-nhap", Action.SIGN_IN, self.request_code),
            page("/dang-nhap/ma", Action.SIGN_IN, self.ask_code),
            form("/dang-nhap/ma", Action.SIGN_IN, self.enter_code),
            form("/dang-nhap/gui-lai", Action.SIGN_IN, self.send_again),
            form("/dang-xuat", Action.SIGN_IN, self.sign_out),
            page("/tai-khoan", Action.KEEP_ACCOUNT, self.account),
            form("/tai-khoan/ten", Action.KEEP_ACCOUNT, self.rename),
            form("/tai-khoan/thiet-bi", Action.KEEP_ACCOUNT, self.end_device),
            form("/tai-khoan/thiet-bi-khac", Action.KEEP_ACCOUNT, self.end_other_devices),
            page("/loi-moi/{invitation:int}", Action.ACCEPT_INVITATION, self.invitation),
            form("/loi-moi/{invitation:int}", Action.ACCEPT_INVITATION, self.accept_invitation),
        )

    # --- with a code ---------------------------------------------------------------------------------------------------

    async def ask_contact(self, request: Request) -> Response:
        after = way(request.query_params.get("next", "/"))
        if request.state.viewer.signed_in:
            return redirect(request, after)
        return self._contact_page(request, after)

    async def request_code(self, request: Request) -> Response:
        after, email = way(await text_of(request, "next", 500)), await text_of(request, "email", 300)
        viewer: Viewer = request.state.viewer
        try:
            await self._sign_in.request_code(email, browser=_browser(request), address=request.state.address, lang=viewer.lang)
        except Refused as refused:
            return self._contact_page(request, after, email, refused)
        self._wake()
        return redirect(request, "/dang-nhap/ma", next=after)

    async def ask_code(self, request: Request) -> Response:
        after = way(request.query_params.get("next", "/"))
        if request.state.viewer.signed_in:
            return redirect(request, after)
        return await self._code_page(request, after)

    async def enter_code(self, request: Request) -> Response:
        after, typed = way(await text_of(request, "next", 500)), await text_of(request, "code", 1_000)
        try:
            secret = await self._sign_in.enter_code(typed, browser=_browser(request), device=_device(request), before=request.state.viewer)
        except Refused as refused:
            return await self._code_page(request, after, refused)
        return self._with_session(redirect(request, after, notice="signed_in"), request, secret)

    async def send_again(self, request: Request) -> Response:
        after = way(await text_of(request, "next", 500))
        code = await self._sign_in.waiting_code(_browser(request))
        if code is None:
            return redirect(request, "/dang-nhap", next=after)
        viewer: Viewer = request.state.viewer
        try:
            await self._sign_in.request_code(code.contact, browser=_browser(request), address=request.state.address, lang=viewer.lang)
        except Refused as refused:
            return await self._code_page(request, after, refused)
        self._wake()
        return redirect(request, "/dang-nhap/ma", notice="code_sent_again", next=after)

    async def sign_out(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        response = redirect(request, "/", notice="signed_out")
        if viewer.session is not None:
            await self._sessions.end(viewer, viewer.session)
        cookies: Cookies = request.state.cookies
        cookies.drop(response, cookies.session)
        return response

    def _contact_page(self, request: Request, after: str, email: str = "", refused: Refused | None = None) -> Response:
        """The page gives a browser without one the secret to which its code will be bound."""
        cookies: Cookies = request.state.cookies
        browser: str = request.state.browser or new_secret()
        response = self._pages.render(
            request,
            "signin/contact.html",
            status=refusals.status_of(refused) if refused else 200,
            headers=_retry(refused),
            csrf=request.state.csrf or self._keys.form_token(browser),
            after=after,
            email=email,
            errors=_errors(request, "email", refused),
        )
        if not request.state.browser:
            cookies.set_secret(response, cookies.browser, browser)
        return response

    async def _code_page(self, request: Request, after: str, refused: Refused | None = None) -> Response:
        code = await self._sign_in.waiting_code(request.state.browser) if request.state.browser else None
        if code is None and refused is None:
            return redirect(request, "/dang-nhap", next=after)
        return self._pages.render(
            request,
            "signin/code.html",
            status=refusals.status_of(refused) if refused else 200,
            headers=_retry(refused),
            after=after,
            email=code.contact if code else "",
            minutes=max(1, round(code.expires_in_s / 60)) if code else 0,
            on_console=self._codes_on_console,
            errors=_errors(request, "code", refused),
        )

    def _with_session(self, response: Response, request: Request, secret: str) -> Response:
        cookies: Cookies = request.state.cookies
        cookies.set_secret(response, cookies.session, secret, self._session_lasts_s)
        cookies.drop(response, cookies.browser)
        return response

    # --- the account ---------------------------------------------------------------------------------------------------

    async def account(self, request: Request) -> Response:
        return await self._account_page(request)

    async def rename(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        assert viewer.person is not None
        typed = await text_of(request, "name", 1_000)
        try:
            name = display_name(typed)
        except Refused as refused:
            return await self._account_page(request, typed, refused)
        await store.rename(self._pool, viewer.person, name)
        return redirect(request, "/tai-khoan", notice="name_saved")

    async def end_device(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        session = SessionId(await number_of(request, "session"))
        await self._sessions.end(viewer, session)
        if session == viewer.session:
            return redirect(request, "/", notice="signed_out")
        return redirect(request, "/tai-khoan", notice="device_ended")

    async def end_other_devices(self, request: Request) -> Response:
        await self._sessions.end_others(request.state.viewer)
        return redirect(request, "/tai-khoan", notice="others_ended")

    async def _account_page(self, request: Request, name: str | None = None, refused: Refused | None = None) -> Response:
        viewer: Viewer = request.state.viewer
        assert viewer.person is not None
        contact = await store.read_contact(self._pool, viewer.person)
        agencies = {agency.id: agency for agency in await self._agencies(viewer)}
        held = sorted(viewer.grants, key=lambda grant: (grant.role, grant.agency or 0))
        return self._pages.render(
            request,
            "signin/account.html",
            status=refusals.status_of(refused) if refused else 200,
            email=contact.email if contact else "",
            name=viewer.name if name is None else name,
            roles=[(self._pages.say(request, ROLE_NAMES[grant.role]), agencies[grant.agency] if grant.agency else None) for grant in held],
            devices=await self._sessions.devices(viewer),
            errors=_errors(request, "name", refused),
        )

    async def _agencies(self, viewer: Viewer) -> Sequence[Agency]:
        return await list_agencies(self._pool, [grant.agency for grant in viewer.grants if grant.agency is not None])

    # --- invitations ---------------------------------------------------------------------------------------------------

    async def invitation(self, request: Request) -> Response:
        found = await self._people.read_invitation(request.state.viewer, number_in_path(request, "invitation"))
        role = self._pages.say(request, ROLE_NAMES[Role(found.role)])
        return self._pages.render(request, "signin/invitation.html", invitation=found, role=role)

    async def accept_invitation(self, request: Request) -> Response:
        secret = await self._people.accept(request.state.viewer, number_in_path(request, "invitation"), _device(request))
        return self._with_session(redirect(request, "/tai-khoan", notice="role_accepted"), request, secret)


def _browser(request: Request) -> str:
    """The secret that binds a code to this browser.

    Raises: Refused ``form_too_old`` when it has none, because it signed in meanwhile in another tab.
    """
    browser: str = request.state.browser
    if not browser:
        raise Refused("form_too_old")
    return browser


def _device(request: Request) -> str:
    return describe_device(request.headers.get("user-agent", ""))


def _retry(refused: Refused | None) -> dict[str, str]:
    wait_s = refused.detail.get("retry_after_s") if refused else None
    return {"retry-after": str(wait_s)} if wait_s else {}


def _errors(request: Request, field: str, refused: Refused | None) -> tuple[FormError, ...]:
    return (FormError(field, refusals.sentence(refused, request.state.viewer.lang)),) if refused else ()
