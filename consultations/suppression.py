"""Small numbers of people are not published, nor are those from which they could be reckoned by subtraction."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

FEWEST = 5
"""The smallest number, other than none, that is published."""

Key = TypeVar("Key")


def published(number: int) -> int | None:
    """A number that stands alone, None where it is withheld."""
    return None if 0 < number < FEWEST else number


class Told(msgspec.Struct, frozen=True):
    """What is told of the people of one consultation, None where it is withheld. ``parts`` are people who answered each part of the
    questions; ``voters`` who answered any, None also where nobody is to know; ``heard`` who voted or contributed, each once. They are
    within one another. Where ``heard`` is withheld there are ``least`` at least."""

    heard: int | None
    contributors: int | None
    voters: int | None
    parts: tuple[int | None, ...]
    least: int


def tell(heard: int, contributors: int, voters: int | None = None, parts: Sequence[int] = ()) -> Told:
    """Of the people of one consultation as much as gives no small number away: not who only wrote or only voted, who did both, or who
    left out a part of the questions. The wider number is withheld then; the totals of each question stand beside it."""
    wrote, answered = published(contributors), tuple(published(number) for number in parts)
    inner = [number for number in answered if number is not None]
    alone = bool(parts) and not inner  # what stands beside no part that is told would say how few each of them has at most
    voted = None if voters is None or alone or any(published(voters - number) is None for number in inner) else published(voters)
    within = [*inner, *(number for number in (wrote, voted) if number is not None)]
    known = published(heard)
    apart = all(published(heard - number) is not None for number in within)
    both = 0 if wrote is None or voted is None else wrote + voted - heard
    if not apart or published(both) is None or (heard and voters is not None and not any(within)):
        known = None
    return Told(known, wrote, voted, answered, max(within, default=0))


def suppress(cells: Mapping[Key, int], whole: int) -> tuple[dict[Key, int | None], int | None]:
    """The cells of one table and their published ``whole``, None in the place of what is withheld.

    Cells from 1 to 4 are withheld. So that the whole less the cells shown does not give them away, the smallest number of ``FEWEST`` or
    more goes with them, in every cell that has it. Of a whole under ``FEWEST`` nothing is shown.
    """
    if published(whole) is None:
        return dict.fromkeys(cells), None
    withheld = {key for key, number in cells.items() if 0 < number < FEWEST}
    least = min((number for number in cells.values() if number >= FEWEST), default=None)
    if withheld:
        withheld |= {key for key, number in cells.items() if number == least}
    return {key: None if key in withheld else number for key, number in cells.items()}, whole
