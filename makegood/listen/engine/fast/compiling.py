"""How functions are compiled: numba is imported here and in `vector` only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

__all__ = ["apart", "compiled", "part", "signed"]

F = TypeVar("F", bound=Callable[..., Any])

signed = cast("Callable[[Any], int]", np.int64)
"""A number as the integer that Python's own become here: with unsigned ones they would become floats."""


def compiled(function: F) -> F:
    """Compiled when it is first called, kept on disk, and without the interpreter's lock while it runs."""
    return cast("F", numba.njit(cache=True, nogil=True, _nrt=False)(function))


def part(function: F) -> F:
    """Compiled into whatever calls it: a call would pass on every field of every array."""
    return cast("F", numba.njit(_nrt=False, forceinline=True)(function))


def apart(function: F) -> F:
    """Compiled once, for what is called from several places or seldom."""
    return cast("F", numba.njit(_nrt=False)(function))
