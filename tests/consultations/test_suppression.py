"""What is withheld of a table cannot be reckoned from what is shown."""

from collections.abc import Callable, Iterable
from itertools import product

from consultations.suppression import FEWEST, Told, published, suppress, tell


def test_numbers_under_five_are_withheld_and_none_is_shown() -> None:
    assert suppress({"a": 0, "b": 4, "c": 30, "d": 9}, 43) == ({"a": 0, "b": None, "c": 30, "d": None}, 43)


def test_a_table_of_large_numbers_is_shown_whole() -> None:
    assert suppress({"a": 5, "b": 0, "c": 70}, 75) == ({"a": 5, "b": 0, "c": 70}, 75)


def test_of_too_few_nothing_is_shown() -> None:
    assert suppress({"a": 3, "b": 0}, 3) == ({"a": None, "b": None}, None)
    assert suppress({"a": 0, "b": 0}, 0) == ({"a": 0, "b": 0}, 0)


def test_a_small_number_that_stands_alone_is_withheld() -> None:
    assert [published(number) for number in (0, 1, 4, 5, 60)] == [0, None, None, 5, 60]


def test_no_small_number_is_known_from_what_is_shown() -> None:
    """For every table of four cells of at most 16 people: other tables, shown just the same, have other numbers in each withheld cell."""
    shown: dict[tuple[tuple[tuple[int, int | None], ...], int | None], list[tuple[int, ...]]] = {}
    for numbers in product(range(17), repeat=4):
        if sum(numbers) > 16:
            continue
        cells, whole = suppress(dict(enumerate(numbers)), sum(numbers))
        shown.setdefault((tuple(cells.items()), whole), []).append(numbers)
    for (kept, _), tables in shown.items():
        for position, number in kept:
            if number is None:
                assert len({table[position] for table in tables}) > 1
            else:
                assert number == 0 or number >= FEWEST


def test_of_people_the_wider_number_is_withheld_where_a_small_one_would_be_left() -> None:
    assert tell(30, 10, 25, (25,)) == Told(30, 10, 25, (25,), 25), "5 only wrote, 20 only voted, 5 did both"
    assert tell(30, 27, 8, (8,)).heard is None, "3 only voted"
    assert tell(30, 7, 25, (25,)).heard is None, "2 did both"
    assert tell(8, 4, 4) == Told(None, None, None, (), 0), "of so few nothing"
    assert tell(28, 28, 3, (3,)) == Told(28, 28, None, (None,), 28), "all few who voted wrote as well"
    assert tell(40, 0, 40, (40, 37)) == Told(None, 0, None, (40, 37), 40), "3 left out one part"
    assert tell(0, 0, 0) == Told(0, 0, 0, (), 0)
    assert tell(7, 7) == Told(7, 7, None, (), 7), "while totals are hidden"


World = tuple[tuple[int, int, int, tuple[int, ...]], tuple[int, ...]]


def known_small(worlds: Iterable[World], within: Callable[[Told], bool]) -> list[tuple[Told, int]]:
    """What is told, and a number from 1 to 4 that all worlds of which the same is told have in common."""
    shown: dict[Told, list[tuple[int, ...]]] = {}
    for numbers, hidden in worlds:
        shown.setdefault(tell(*numbers), []).append(hidden)
    return [
        (told, same.pop())
        for told, every in shown.items()
        if within(told)
        for same in map(set, zip(*every, strict=True))
        if len(same) == 1 and published(*same) is None
    ]


def below(most: int) -> Callable[[Told], bool]:
    """Of what is told of more people, not all worlds are looked at."""
    return lambda told: all(number is None or number <= most for number in (told.heard, told.contributors, told.voters, *told.parts))


def test_no_small_number_of_people_is_known_from_those_that_are_told() -> None:
    """Whoever only wrote, only voted, did both or left out a part: other worlds, of which the same is told, have other numbers."""
    for parts in (True, False):
        worlds = (
            ((wrote + voted + both, wrote + both, voted + both, (voted + both,) if parts else ()), (wrote, voted, both, wrote + both))
            for wrote, voted, both in product(range(22), repeat=3)
        )
        assert known_small(worlds, below(12)) == []
    of_two_parts = (
        ((wrote + all_three, wrote + both, all_three, (first + shared, second + shared)), (wrote, all_three - both, both, first, second))
        for wrote, first, second, shared in product(range(0, 11, 2), range(8), range(8), range(8))
        if first + shared and second + shared and (all_three := first + second + shared) <= 12
        for both in range(all_three + 1)
    )
    assert known_small(of_two_parts, below(8)) == []
