"""What a customer has still to bring, and how far that can be known: mathematics only, no database and no files.

`summarise` orders, `fit` a model to the summary, keep it (`Model.to_dict`), and ask it for the expected `value` of many
customers or the `interval` of one. numpy and scipy take a third of a second to load: import this where it is used.
"""

from __future__ import annotations

import os

# Read when numpy and scipy load their linear algebra. A climb over seven parameters gains nothing from threads, and
# waiting for them makes it seven times as long (docs/decisions/0023-lifetime-value.md).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from makegood.identify.value.model import Method, Model, Reason, fit
from makegood.identify.value.summary import Summary, summarise
from makegood.identify.value.worth import HORIZONS, futures, interval, value

__all__ = ["HORIZONS", "Method", "Model", "Reason", "Summary", "fit", "futures", "interval", "summarise", "value"]
