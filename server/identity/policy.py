"""The one policy table: which role may do what, and on whose things. What it does not say is refused.

Pages, forms and the live socket ask the same three functions; what depends on the state of a thing (open, late, already voted) is
not here but in the rules of ``consultations``.
"""

from collections.abc import Mapping
from enum import StrEnum, auto

from server.identity.viewer import Grant, Role, Viewer
from server.kernel.ids import AgencyId, PersonId
from server.kernel.refused import Refused


class Action(StrEnum):
    """Everything one can ask the site to do."""

    READ_PUBLIC = auto()
    FOLLOW_LIVE = auto()
    SIGN_IN = auto()
    KEEP_ACCOUNT = auto()
    ACCEPT_INVITATION = auto()
    CONTRIBUTE = auto()
    SPEAK_FOR_AGENCY = auto()
    VOTE = auto()
    SEE_OWN = auto()
    WITHDRAW_OWN = auto()
    ERASE_OWN = auto()
    EDIT_OWN = auto()
    SUPPORT = auto()
    FLAG = auto()
    RESPOND = auto()
    APPEAL = auto()
    FOLLOW = auto()
    ENTER_FOR_OTHERS = auto()
    READ_QUEUE = auto()
    RULE = auto()
    DECIDE_APPEAL = auto()
    READ_DRAFT = auto()
    CREATE_CONSULTATION = auto()
    EDIT_CONSULTATION = auto()
    PUBLISH_CONSULTATION = auto()
    CLOSE_CONSULTATION = auto()
    RUN_POLLS = auto()
    DISPOSE = auto()
    PUBLISH_ANSWERS = auto()
    READ_HIDDEN_TALLIES = auto()
    MANAGE_PEOPLE = auto()
    MANAGE_AGENCIES = auto()
    READ_ACTS = auto()
    LIST_ROOMS = auto()
    CREATE_ROOM = auto()
    EDIT_ROOM = auto()
    ENTER_ROOM = auto()
    KNOCK_AT_ROOM = auto()
    COME_BY_LINK = auto()
    BRING_MEDIA_NEWS = auto()


class Scope(StrEnum):
    """On whose things: anybody's, those of the agency in which one holds the role, or one's own."""

    ANY = auto()
    AGENCY = auto()
    OWN = auto()


EVERYBODY = dict.fromkeys(Role, Scope.ANY)
_SIGNED_IN = {Role.CITIZEN: Scope.OWN, Role.ADMINISTRATOR: Scope.OWN, Role.SITE_ADMINISTRATOR: Scope.OWN}
_OF_THE_AGENCY = dict.fromkeys((Role.MODERATOR, Role.EDITOR, Role.ADMINISTRATOR), Scope.AGENCY)

POLICY: Mapping[Action, Mapping[Role, Scope]] = {
    Action.READ_PUBLIC: EVERYBODY,
    Action.FOLLOW_LIVE: EVERYBODY,
    Action.SIGN_IN: EVERYBODY,
    Action.KEEP_ACCOUNT: _SIGNED_IN,
    Action.ACCEPT_INVITATION: _SIGNED_IN,
    Action.CONTRIBUTE: {Role.CITIZEN: Scope.ANY},
    # Anybody may say to speak for a business or an association, and is shown as not verified; for a state agency or the Fatherland
    # Front only who holds a role in an agency.
    Action.SPEAK_FOR_AGENCY: {Role.MODERATOR: Scope.ANY, Role.EDITOR: Scope.ANY},
    Action.VOTE: {Role.CITIZEN: Scope.ANY},
    Action.SEE_OWN: {Role.CITIZEN: Scope.OWN},
    Action.WITHDRAW_OWN: {Role.CITIZEN: Scope.OWN},
    Action.ERASE_OWN: _SIGNED_IN,  # a right of everybody whom the site knows (Law 91/2025/QH15)
    Action.EDIT_OWN: {Role.CITIZEN: Scope.OWN},
    Action.SUPPORT: {Role.CITIZEN: Scope.ANY},
    Action.FLAG: {Role.CITIZEN: Scope.ANY},
    Action.RESPOND: {Role.CITIZEN: Scope.ANY},
    Action.APPEAL: {Role.CITIZEN: Scope.OWN},
    Action.FOLLOW: {Role.CITIZEN: Scope.OWN},
    Action.ENTER_FOR_OTHERS: {Role.MODERATOR: Scope.AGENCY, Role.EDITOR: Scope.AGENCY},
    Action.READ_QUEUE: {Role.MODERATOR: Scope.AGENCY},
    Action.RULE: {Role.MODERATOR: Scope.AGENCY},
    Action.DECIDE_APPEAL: {Role.MODERATOR: Scope.AGENCY},  # but not one's own ruling: see consultations.moderating
    Action.READ_DRAFT: {Role.EDITOR: Scope.AGENCY},
    Action.CREATE_CONSULTATION: {Role.EDITOR: Scope.AGENCY},
    Action.EDIT_CONSULTATION: {Role.EDITOR: Scope.AGENCY},
    Action.PUBLISH_CONSULTATION: {Role.EDITOR: Scope.AGENCY},
    Action.CLOSE_CONSULTATION: {Role.EDITOR: Scope.AGENCY},
    Action.RUN_POLLS: {Role.EDITOR: Scope.AGENCY},
    Action.DISPOSE: {Role.EDITOR: Scope.AGENCY},
    Action.PUBLISH_ANSWERS: {Role.EDITOR: Scope.AGENCY},
    Action.READ_HIDDEN_TALLIES: {},  # Nobody knows them before the close, whatever their role.
    Action.MANAGE_PEOPLE: {Role.ADMINISTRATOR: Scope.AGENCY, Role.SITE_ADMINISTRATOR: Scope.ANY},
    Action.MANAGE_AGENCIES: {Role.SITE_ADMINISTRATOR: Scope.ANY},
    Action.READ_ACTS: {Role.ADMINISTRATOR: Scope.AGENCY, Role.SITE_ADMINISTRATOR: Scope.ANY},
    # What follows is beside the invitation list of each room, which lets its people in whatever their role on the site.
    Action.LIST_ROOMS: _SIGNED_IN,
    Action.CREATE_ROOM: {Role.EDITOR: Scope.AGENCY},
    Action.EDIT_ROOM: {Role.EDITOR: Scope.AGENCY},
    Action.ENTER_ROOM: _OF_THE_AGENCY,
    Action.KNOCK_AT_ROOM: dict.fromkeys(_OF_THE_AGENCY, Scope.ANY),
    Action.COME_BY_LINK: EVERYBODY,
    Action.BRING_MEDIA_NEWS: EVERYBODY,  # its signature says who brings it
}

_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR, Role.SITE_ADMINISTRATOR})


def roles_of(viewer: Viewer) -> frozenset[Grant]:
    """All that the viewer is: the granted roles and those that come by themselves.

    An administrator has accounts to keep, no content and no vote: beside that role no other one counts, nor does being a citizen.
    """
    if not viewer.signed_in:
        return frozenset({Grant(Role.VISITOR, None)})
    administers = frozenset(grant for grant in viewer.grants if grant.role in _ADMINISTRATORS)
    return (administers or viewer.grants | {Grant(Role.CITIZEN, None)}) | {Grant(Role.VISITOR, None)}


def may(viewer: Viewer, action: Action, *, agency: AgencyId | None = None, owner: PersonId | None = None) -> bool:
    """Whether the viewer may do this to a thing of ``agency`` (None: of the site) that belongs to ``owner``."""
    allowed = POLICY[action]
    for held in roles_of(viewer):
        match allowed.get(held.role):
            case Scope.ANY:
                return True
            case Scope.AGENCY if agency is not None and held.agency == agency:
                return True
            case Scope.OWN if owner is not None and owner == viewer.person:
                return True
    return False


def may_somewhere(viewer: Viewer, action: Action) -> bool:
    """Whether there is anything at all to which the viewer may do this: what a page's door and a menu ask."""
    return any(held.role in POLICY[action] for held in roles_of(viewer))


def agencies_where(viewer: Viewer, action: Action) -> frozenset[AgencyId] | None:
    """The agencies to whose things the viewer may do this; None stands for all of them."""
    allowed = POLICY[action]
    held = roles_of(viewer)
    if any(allowed.get(grant.role) is Scope.ANY for grant in held):
        return None
    return frozenset(grant.agency for grant in held if allowed.get(grant.role) is Scope.AGENCY and grant.agency is not None)


def require(viewer: Viewer, action: Action, *, agency: AgencyId | None = None, owner: PersonId | None = None, secret: bool = False) -> None:
    """Nothing, when ``may`` says yes.

    Raises: Refused ``sign_in_needed`` when signing in might help, ``not_allowed`` when it would not; and always ``not_found`` for a
    ``secret`` thing, which must look to the viewer as one that does not exist.
    """
    if may(viewer, action, agency=agency, owner=owner):
        return
    if secret:
        raise Refused("not_found")
    raise Refused("not_allowed" if viewer.signed_in else "sign_in_needed")
