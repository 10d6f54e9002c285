"""What is withheld of a table cannot be reckoned from what is shown."""

from itertools import product

from consultations.suppression import FEWEST, published, suppress


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
