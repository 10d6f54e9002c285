"""Who may do what: every role, every action, one's own agency and another, one's own thing and somebody else's."""

from itertools import product

import pytest

from server.identity.policy import POLICY, Action, Scope, agencies_where, may, may_somewhere, require, roles_of
from server.identity.viewer import Grant, Role, Viewer
from server.kernel.ids import AgencyId, PersonId, SessionId
from server.kernel.refused import Refused

ME, SOMEBODY = PersonId(1), PersonId(2)
HERE, ELSEWHERE = AgencyId(10), AgencyId(20)

# Written out once more, and by hand: what each role may do, beside reading, following and signing in.
ACCOUNT = {Action.KEEP_ACCOUNT, Action.ACCEPT_INVITATION, Action.LIST_ROOMS, Action.ERASE_OWN}
OWN = {Action.SEE_OWN, Action.WITHDRAW_OWN, Action.EDIT_OWN, Action.APPEAL, Action.FOLLOW}
CITIZEN = ACCOUNT | OWN | {Action.CONTRIBUTE, Action.VOTE, Action.SUPPORT, Action.FLAG, Action.RESPOND}
MEETS = {Action.ENTER_ROOM, Action.KNOCK_AT_ROOM}
EXPECTED: dict[Role, set[Action]] = {
    Role.VISITOR: set(),
    Role.CITIZEN: CITIZEN,
    Role.MODERATOR: CITIZEN
    | MEETS
    | {Action.READ_QUEUE, Action.RULE, Action.DECIDE_APPEAL, Action.ENTER_FOR_OTHERS, Action.SPEAK_FOR_AGENCY},
    Role.EDITOR: CITIZEN
    | MEETS
    | {
        Action.CREATE_ROOM,
        Action.EDIT_ROOM,
        Action.READ_DRAFT,
        Action.CREATE_CONSULTATION,
        Action.EDIT_CONSULTATION,
        Action.PUBLISH_CONSULTATION,
        Action.CLOSE_CONSULTATION,
        Action.ENTER_FOR_OTHERS,
        Action.SPEAK_FOR_AGENCY,
        Action.RUN_POLLS,
        Action.DISPOSE,
        Action.PUBLISH_ANSWERS,
    },
    Role.ADMINISTRATOR: ACCOUNT | MEETS | {Action.MANAGE_PEOPLE, Action.READ_ACTS},
    Role.SITE_ADMINISTRATOR: ACCOUNT | {Action.MANAGE_PEOPLE, Action.READ_ACTS, Action.MANAGE_AGENCIES},
}
EVERYBODYS = {Action.READ_PUBLIC, Action.FOLLOW_LIVE, Action.SIGN_IN, Action.COME_BY_LINK, Action.BRING_MEDIA_NEWS}
OF_AN_AGENCY = EXPECTED[Role.MODERATOR] | EXPECTED[Role.EDITOR] | EXPECTED[Role.ADMINISTRATOR]
OF_AN_AGENCY -= CITIZEN | {Action.KNOCK_AT_ROOM, Action.SPEAK_FOR_AGENCY}
OF_A_PERSON = ACCOUNT | OWN


def viewer_with(role: Role) -> Viewer:
    """Somebody who is nothing but this, in the agency HERE."""
    if role is Role.VISITOR:
        return Viewer()
    granted = {} if role is Role.CITIZEN else {Grant(role, None if role is Role.SITE_ADMINISTRATOR else HERE)}
    return Viewer(ME, SessionId(1), frozenset(granted))


def expected(role: Role, action: Action, agency: AgencyId | None, owner: PersonId | None) -> bool:
    if action in OF_AN_AGENCY and role is not Role.SITE_ADMINISTRATOR and agency != HERE:
        return False
    if action in OF_A_PERSON and owner != ME:
        return False
    return action in EVERYBODYS | EXPECTED[role]


def test_every_role_may_do_what_is_expected_and_nothing_else() -> None:
    every = list(product(Role, Action, (HERE, ELSEWHERE, None), (ME, SOMEBODY, None)))
    assert len(every) > 2_000
    assert [
        (role, action, agency, owner)
        for role, action, agency, owner in every
        if may(viewer_with(role), action, agency=agency, owner=owner) is not expected(role, action, agency, owner)
    ] == []


def test_every_action_has_its_line_in_the_table() -> None:
    assert set(POLICY) == set(Action)


def test_nobody_reads_hidden_tallies_before_the_close() -> None:
    assert POLICY[Action.READ_HIDDEN_TALLIES] == {}


@pytest.mark.parametrize("other", [Role.MODERATOR, Role.EDITOR])
@pytest.mark.parametrize("administers", [Grant(Role.ADMINISTRATOR, ELSEWHERE), Grant(Role.SITE_ADMINISTRATOR, None)])
def test_an_administrators_other_roles_and_vote_sleep(other: Role, administers: Grant) -> None:
    viewer = Viewer(ME, SessionId(1), frozenset({administers, Grant(other, HERE)}))
    assert {held.role for held in roles_of(viewer)} == {Role.VISITOR, administers.role}
    for action in EXPECTED[other] - EXPECTED[administers.role]:
        assert not may_somewhere(viewer, action)


def test_roles_of_two_agencies_add_up_each_in_its_own() -> None:
    viewer = Viewer(ME, SessionId(1), frozenset({Grant(Role.MODERATOR, HERE), Grant(Role.EDITOR, ELSEWHERE)}))
    assert may(viewer, Action.RULE, agency=HERE) and not may(viewer, Action.RULE, agency=ELSEWHERE)
    assert may(viewer, Action.EDIT_CONSULTATION, agency=ELSEWHERE) and not may(viewer, Action.EDIT_CONSULTATION, agency=HERE)
    assert agencies_where(viewer, Action.RULE) == frozenset({HERE})
    assert agencies_where(viewer, Action.VOTE) is None
    assert agencies_where(viewer, Action.MANAGE_PEOPLE) == frozenset()


def test_a_door_opens_exactly_for_those_who_may_do_something_behind_it() -> None:
    wrong = []
    for role, action in product(Role, Action):
        viewer = viewer_with(role)
        somewhere = any(may(viewer, action, agency=agency, owner=ME if viewer.signed_in else None) for agency in (HERE, ELSEWHERE, None))
        if may_somewhere(viewer, action) is not somewhere:
            wrong.append((role, action))
    assert wrong == []


@pytest.mark.parametrize(
    ("role", "secret", "code"),
    [
        (Role.VISITOR, False, "sign_in_needed"),
        (Role.CITIZEN, False, "not_allowed"),
        (Role.VISITOR, True, "not_found"),
        (Role.CITIZEN, True, "not_found"),
    ],
)
def test_what_may_not_be_known_of_looks_like_what_does_not_exist(role: Role, secret: bool, code: str) -> None:
    with pytest.raises(Refused) as refused:
        require(viewer_with(role), Action.READ_DRAFT, agency=HERE, secret=secret)
    assert (refused.value.code, refused.value.detail) == (code, {})


def test_an_agencys_scope_needs_an_agency() -> None:
    assert all(Scope.AGENCY not in allowed.values() or not may(viewer_with(Role.EDITOR), action) for action, allowed in POLICY.items())
