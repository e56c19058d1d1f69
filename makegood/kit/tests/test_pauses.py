from __future__ import annotations

from makegood.kit.pauses import back_off


def test_it_doubles_up_to_the_longest() -> None:
    for failures, about in ((0, 10), (1, 20), (3, 80), (4, 120), (60, 120)):
        pauses = {back_off(failures, 10.0, 120.0) for _ in range(50)}
        assert all(0.8 * about <= pause <= 1.2 * about for pause in pauses)
        assert len(pauses) > 1, "they spread out"
