from __future__ import annotations

from dataclasses import dataclass

import pytest

from makegood.kit.ordering import move


@dataclass
class Row:
    pk: int
    position: int


@pytest.mark.parametrize(
    ("key", "up", "order"),
    [(7, False, [8, 7, 9]), (9, True, [7, 9, 8]), (8, True, [8, 7, 9])],
)
def test_a_row_changes_places_with_its_neighbour(key: int, up: bool, order: list[int]) -> None:
    rows = [Row(7, 3), Row(8, 3), Row(9, 20)]
    assert move(rows, key, up=up)
    assert [row.pk for row in rows] == order
    assert [row.position for row in rows] == [1, 2, 3]


@pytest.mark.parametrize(("key", "up"), [(7, True), (9, False)])
def test_beyond_the_ends_there_is_no_place(key: int, up: bool) -> None:
    rows = [Row(7, 3), Row(8, 3), Row(9, 20)]
    assert not move(rows, key, up=up)
    assert [(row.pk, row.position) for row in rows] == [(7, 3), (8, 3), (9, 20)]
