"""What people in a meeting may ask of its queue and its floor, by chance."""

import random
from collections.abc import Sequence

from server.protocol import meeting
from tests.peers.attendee import new_id


def any_command(chance: random.Random, room: int, people: Sequence[str]) -> meeting.ForMeeting:
    """Something that somebody asks about somebody: most of it is allowed to few."""
    number, before, who = chance.randint(1, 20), chance.choice([None, chance.randint(1, 20)]), chance.choice(people)
    kind = chance.choice(("statement", "reply", "point_of_order"))
    made: list[meeting.ForMeeting] = [
        *[meeting.RaiseHand(new_id(), room, kind, chance.choice((None, "for", "against")))] * 4,  # type: ignore[arg-type]
        meeting.LowerHand(new_id(), room, chance.choice((None, who))),
        meeting.LowerHand(new_id(), room, None, number),
        *[meeting.MoveHand(new_id(), room, number, before)] * 3,
        *[meeting.GiveFloor(new_id(), room, who, chance.choice((None, 10, 60)))] * 2,
        meeting.ExtendFloor(new_id(), room, 30),
        meeting.WithdrawFloor(new_id(), room),
        meeting.YieldFloor(new_id(), room),
        meeting.SetDiscussion(new_id(), room, chance.random() < 0.5),
    ]
    return chance.choice(made)
