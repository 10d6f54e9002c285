"""Small numbers of people are not published, nor are those from which they could be reckoned by subtraction."""

from collections.abc import Mapping
from typing import TypeVar

FEWEST = 5
"""The smallest number, other than none, that is published."""

Key = TypeVar("Key")


def published(number: int) -> int | None:
    """A number that stands alone, None where it is withheld."""
    return None if 0 < number < FEWEST else number


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
