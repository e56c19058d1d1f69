"""What can be said of a shop with few orders: its customers' mean rate and spend, and how far to trust one's own.

Empirical Bayes: the shop's customers tell how rates differ between them, and each customer's own is weighed against
that. What few orders leave open (how uneven customers are, how soon they stop) is taken from what shops are mostly
like, by a prior that some hundred customers outweigh: the mode of the posterior instead of the most likely parameters
(Gelman and others, Bayesian Data Analysis, 3rd edition, section 13.2, http://www.stat.columbia.edu/~gelman/book/).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from makegood.identify.value.climb import Array
from makegood.identify.value.purchases import Prior, Purchases, fit_purchases
from makegood.identify.value.spend import Spend
from makegood.identify.value.summary import Summary

__all__ = ["cohort", "typical_contribution"]

# One customer in four or five stops after a purchase; rates and stopping differ a good deal between customers. Each of
# these but alpha, which is the shop's own affair, may be three times as much or a third of it.
_PRIOR = Prior(middle=Purchases(0.5, 8.0, 0.8, 3.0), spread=Purchases(1.0, 3.0, 1.0, 1.0))

# Of one customer's purchases: a spread of half their mean. Between customers: 0.58 of it. Then one's own purchases
# count as one purchase at the shop's mean does: (q - 1) / p = 1. CDNOW's ratio is 0.44, so this leans to the shop's.
_P, _Q = 4.0, 5.0

# A purchase of a wholesaler among few customers is not what the others will bring.
_TIMES_MEDIAN = 20.0


def cohort(summary: Summary, chosen: npt.NDArray[np.int64] | None = None) -> tuple[Purchases, Spend] | None:
    """Parameters from all customers or the chosen ones; None where nobody came back or brought anything."""
    some = slice(None) if chosen is None else chosen
    frequency = summary.frequency[some]
    mean = typical_contribution(summary, chosen)
    if mean <= 0 or not frequency.any():
        return None
    found = fit_purchases(frequency, summary.recency_weeks[some], summary.age_weeks[some], prior=_PRIOR)
    return (found.parameters, Spend(_P, _Q, mean * (_Q - 1) / _P)) if found.converged else None


def typical_contribution(summary: Summary, chosen: npt.NDArray[np.int64] | None = None) -> float:
    """What a purchase brings on average, in minor units, first ones included; no customer counts for too much.

    Each customer's mean is taken as at most 20 times the median one, and at least nothing.
    """
    some = slice(None) if chosen is None else chosen
    count: Array = summary.frequency[some] + 1
    means = np.maximum(summary.total_minor[some] / count, 0.0)
    if not means.any():
        return 0.0
    most = _TIMES_MEDIAN * float(np.median(means[means > 0]))
    return float(np.average(np.minimum(means, most), weights=count))
