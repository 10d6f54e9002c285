"""Names for the integers and strings that identify things, so that a type checker keeps them apart."""

from typing import NewType

AgencyId = NewType("AgencyId", int)
PersonId = NewType("PersonId", int)
ConsultationId = NewType("ConsultationId", int)
ContributionId = NewType("ContributionId", int)
QuestionId = NewType("QuestionId", int)
PaperId = NewType("PaperId", int)
DispositionId = NewType("DispositionId", int)
FollowId = NewType("FollowId", int)

RoomId = NewType("RoomId", int)
MeetingId = NewType("MeetingId", int)
GuestId = NewType("GuestId", int)
LineId = NewType("LineId", int)

ItemId = NewType("ItemId", int)
"""The number of an item of the agenda, counted in its meeting."""
MotionId = NewType("MotionId", int)
ConclusionId = NewType("ConclusionId", int)

Who = NewType("Who", str)
"""Who takes part in a meeting, also towards the media engine: ``p12`` a person, ``g7`` a guest."""

SessionId = NewType("SessionId", int)
"""The number of a signed-in session. It is no secret and never comes again; the secret is in the cookie."""

NodeId = NewType("NodeId", str)
"""Opaque id of one node of one version of a draft, such as ``n17``. It lasts for that version."""

CommandId = NewType("CommandId", str)
"""A UUID made by the client. Repeating a command with the same id returns the first answer."""

Topic = NewType("Topic", str)
"""What one follows over the live socket: ``consultation/12``, ``room/4``."""


def consultation_topic(consultation: ConsultationId) -> Topic:
    """The topic on which everything that happens in one consultation is told."""
    return Topic(f"consultation/{consultation}")


def room_topic(room: RoomId) -> Topic:
    """The topic on which everything that happens in one room is told, meeting after meeting."""
    return Topic(f"room/{room}")


def room_of(topic: str) -> RoomId | None:
    """The room whose topic this is; nothing for any other text."""
    kind, _, number = topic.partition("/")
    if kind != "room" or not number.isascii() or not number.isdigit() or len(number) > 18 or number != str(int(number)):
        return None
    return RoomId(int(number))


def person_in_room(person: PersonId) -> Who:
    """A person as one who takes part."""
    return Who(f"p{person}")


def guest_in_room(guest: GuestId) -> Who:
    """A guest as one who takes part."""
    return Who(f"g{guest}")
