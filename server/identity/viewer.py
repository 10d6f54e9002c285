"""Who is asking: the one thing that pages and the live socket know about the person at the other end."""

from enum import StrEnum

import msgspec

from server.kernel.ids import AgencyId, GuestId, PersonId, SessionId
from server.locale import Language


class Role(StrEnum):
    """What one can be on the site. The last four are granted; the first two come by themselves."""

    VISITOR = "visitor"
    CITIZEN = "citizen"
    MODERATOR = "moderator"
    EDITOR = "editor"
    ADMINISTRATOR = "administrator"
    SITE_ADMINISTRATOR = "site_administrator"


class Grant(msgspec.Struct, frozen=True):
    """A role in one agency; ``administrator`` with no agency is the administrator of the site."""

    role: Role
    agency: AgencyId | None


class Viewer(msgspec.Struct, frozen=True):
    """A visitor, or a signed-in person. ``session`` tells one's browsers apart; ``name`` is one's default display name. ``guest`` is
    a visitor who came by the link of a room, and means nothing outside that room."""

    person: PersonId | None = None
    session: SessionId | None = None
    grants: frozenset[Grant] = frozenset()
    lang: Language = "vi"
    name: str = ""
    guest: GuestId | None = None

    @property
    def signed_in(self) -> bool:
        return self.person is not None

    @property
    def is_official(self) -> bool:
        """Whether one holds any granted role."""
        return bool(self.grants)


def grants_of(rows: list[tuple[str, AgencyId | None]]) -> frozenset[Grant]:
    """Grants as they are stored: (role, agency or None)."""
    return frozenset(
        Grant(Role.SITE_ADMINISTRATOR if role == "administrator" and agency is None else Role(role), agency) for role, agency in rows
    )
