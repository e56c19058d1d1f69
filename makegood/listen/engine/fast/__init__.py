"""The fast lane: the same hits as the core's, with a pass over the raw frames that is compiled by numba.

Installed with `makegood[fast]`; without it, importing this raises `ImportError`. numba itself is imported when the
first `FastEngine` is made.
"""

from importlib.util import find_spec

if find_spec("numba") is None:
    raise ImportError("The fast lane needs numba: pip install makegood[fast].", name="numba")

from makegood.listen.engine.fast.engine import FastEngine

__all__ = ["FastEngine"]
