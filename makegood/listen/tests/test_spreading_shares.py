"""A message is taken in once and in its turn, whoever has it, and however late."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from makegood.listen.models import StreamShare
from makegood.listen.spreading.shares import is_first

pytestmark = pytest.mark.django_db


def test_each_message_counts_once_and_none_after_a_later_one() -> None:
    assert [is_first(3, 100, number) for number in (7, 7, 6, 8, 12, 9)] == [True, False, False, True, True, False]
    assert StreamShare.objects.get().sequence == 12


def test_shares_know_nothing_of_each_other() -> None:
    assert [is_first(partition, 100, 5) for partition in (0, 1, 0)] == [True, True, False]


def test_a_stream_made_anew_counts_from_its_beginning_and_the_old_one_is_over() -> None:
    assert is_first(0, 100, 500)
    assert is_first(0, 200, 1)
    assert not is_first(0, 100, 501)
    assert is_first(0, 200, 2)


def test_what_was_not_kept_after_all_is_taken_again() -> None:
    with transaction.atomic():
        assert is_first(0, 100, 5)
        transaction.set_rollback(True)
    assert is_first(0, 100, 5)


@pytest.mark.django_db(transaction=True)
def test_of_two_that_have_the_same_message_one_keeps_it() -> None:
    told: list[Any] = []
    barrier = threading.Barrier(4)

    def take() -> None:
        try:
            for number in range(1, 6):
                barrier.wait(30)
                with transaction.atomic():
                    told.append((number, is_first(0, 100, number)))
        finally:
            connection.close()

    is_first(0, 100, 0)
    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(number for number, first in told if first) == [1, 2, 3, 4, 5]
    assert len(told) == 20
