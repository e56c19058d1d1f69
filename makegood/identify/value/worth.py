"""What customers are expected to bring, and the range in which one of them will."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from makegood.identify.value.ahead import WEEKS_PER_MONTH, Ahead
from makegood.identify.value.climb import Array
from makegood.identify.value.model import Method, Model, Parameters
from makegood.identify.value.population import lifetime_purchases
from makegood.identify.value.purchases import alive, log_odds_gone
from makegood.identify.value.spend import expected_spend

__all__ = ["HORIZONS", "futures", "interval", "value"]

HORIZONS = (12, 24, 36)

# So many at once stay in the processor's cache.
_AT_ONCE = 16_384
# Beyond what an integer column holds; nobody brings so much.
_MOST_MINOR = 2.0**53


def value(
    model: Model,
    frequency: npt.ArrayLike,
    recency_weeks: npt.ArrayLike,
    age_weeks: npt.ArrayLike,
    mean_contribution: npt.ArrayLike,
    *,
    months: Sequence[int] = HORIZONS,
    discount_yearly: float = 0.1,
    margin: float = 1.0,
) -> npt.NDArray[np.int64]:
    """What customers are expected to bring within each of `months`, in minor units: shape (customers, months).

    The four figures are those of Summary, an array each. `margin` is the share of the money that counts (1 where it is
    a contribution already), `discount_yearly` what money a year away is worth less (0.1 is 10 %). Raises ValueError
    where the model's method is NONE, or months or figures make no sense.

    Expected purchases while with the shop x probability of being with it x expected spend a purchase: Fader, Hardie and
    Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base Analysis (http://brucehardie.com/papers/rfm_clv/),
    which discounts likewise. A mean of many: what one customer brings is in `interval`, and often nothing.
    """
    parameters = _usable(model, months)
    x, recency, age, mean = _figures(model, frequency, recency_weeks, age_weeks, mean_contribution)
    found = np.empty((len(x), len(months)), dtype=np.int64)
    if not len(x):
        return found
    ahead = Ahead(parameters.purchases, np.unique(x), float(age.min()), float(age.max()), months, discount_yearly)
    for begin in range(0, len(x), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        each = alive(parameters.purchases, x[part], recency[part], age[part])
        each *= expected_spend(parameters.spend, x[part], mean[part]) * margin
        bought = ahead.read(x[part], age[part])
        found[part] = np.rint(np.minimum(bought * each[:, None], _MOST_MINOR))
    return found


def interval(
    model: Model,
    frequency: float,
    recency_weeks: float,
    age_weeks: float,
    mean_contribution: float,
    *,
    months: Sequence[int] = HORIZONS,
    discount_yearly: float = 0.1,
    margin: float = 1.0,
    level: float = 0.8,
    seed: int = 0,
    draws: int = 4000,
) -> tuple[tuple[int, int], ...]:
    """Between what and what one such customer will bring within each of `months`, at `level`, in minor units.

    The narrowest range that holds `level` of what may come (of `futures`): with a customer who is likelier than that
    never to come again it is (0, 0). Raises ValueError as `value` does. The same seed gives the same range.
    """
    if not 0 < level < 1:
        raise ValueError("The level of an interval lies between 0 and 1, as 0.8.")
    outcomes = futures(
        model,
        frequency,
        recency_weeks,
        age_weeks,
        mean_contribution,
        months=months,
        discount_yearly=discount_yearly,
        margin=margin,
        seed=seed,
        draws=draws,
    )
    return tuple(_narrowest(np.sort(column), level) for column in outcomes.T)


def futures(
    model: Model,
    frequency: float,
    recency_weeks: float,
    age_weeks: float,
    mean_contribution: float,
    *,
    months: Sequence[int] = HORIZONS,
    discount_yearly: float = 0.1,
    margin: float = 1.0,
    seed: int = 0,
    draws: int = 4000,
) -> Array:
    """What one such customer may bring, in minor units, `draws` times: shape (draws, months).

    Each time from other parameters of the model's draws (what is not known of the shop), from another rate, dropout and
    spend that fit this customer (what is not known of them), and from other purchases (what is chance). Given that they
    are with the shop: rate ~ Gamma(r + x, alpha + T), dropout ~ Beta(a, b + x), independent (see `ahead`); spend's rate
    ~ Gamma(q + p x, gamma + x mean) (Fader and Hardie 2013, http://brucehardie.com/notes/025/).
    """
    parameters = _usable(model, months)
    one = _figures(model, [frequency], [recency_weeks], [age_weeks], [mean_contribution])
    x, recency, age, mean = (np.repeat(column, draws) for column in one)
    rng = np.random.default_rng(seed)
    r, alpha, a, b, p, q, gamma = _spread(model.draws or (parameters,), draws)
    rate = rng.standard_gamma(r + x) / (alpha + age)
    stops = a > 0
    a_set = np.where(stops, a, 1.0)
    dropout = np.where(stops, rng.beta(a_set, b + x), 0.0)
    log_odds = log_odds_gone(r, alpha, a_set, b, x, recency, age)
    gone = stops & (np.log(rng.random(draws)) < -np.logaddexp(0.0, -log_odds))
    spend_rate = rng.standard_gamma(q + p * x) / (gamma + x * mean)
    length = max(months)
    made = np.cumsum(rng.poisson(np.where(gone, 0.0, rate * WEEKS_PER_MONTH), (length, draws)), axis=0)
    kept = np.minimum(made, lifetime_purchases(dropout, rng))
    each_month = np.diff(kept, axis=0, prepend=0.0)
    discount = (1 + discount_yearly) ** (-(np.arange(length) + 0.5) / 12)
    money = rng.standard_gamma(p * each_month) / np.maximum(spend_rate, 1e-300) * (margin * discount[:, None])
    total = np.cumsum(money, axis=0)
    return np.asarray(np.minimum(total[np.array(months) - 1].T, _MOST_MINOR))


def _narrowest(outcomes: Array, level: float) -> tuple[int, int]:
    """The narrowest range that holds `level` of sorted outcomes; of equal ones the lowest."""
    held = int(np.ceil(level * len(outcomes)))
    widths = outcomes[held - 1 :] - outcomes[: len(outcomes) - held + 1]
    first = int(np.argmin(widths))
    return round(outcomes[first]), round(outcomes[first + held - 1])


def _spread(draws: Sequence[Parameters], count: int) -> Array:
    """The parameters in turn, `count` times: seven rows."""
    rows = np.array(
        [(one.purchases.r, one.purchases.alpha, one.purchases.a, one.purchases.b, *_money(one)) for one in draws]
    )
    return np.asarray(rows[np.arange(count) % len(rows)].T)


def _money(parameters: Parameters) -> tuple[float, float, float]:
    return parameters.spend.p, parameters.spend.q, parameters.spend.gamma


def _usable(model: Model, months: Sequence[int]) -> Parameters:
    """The parameters, or ValueError with what is wrong."""
    if model.parameters is None:
        raise ValueError("There are not enough orders to say; look at the model's method before asking.")
    if not months or min(months) < 1:
        raise ValueError("Horizons are whole months from 1 up, as (12, 24, 36).")
    return model.parameters


def _figures(
    model: Model,
    frequency: npt.ArrayLike,
    recency_weeks: npt.ArrayLike,
    age_weeks: npt.ArrayLike,
    mean_contribution: npt.ArrayLike,
) -> tuple[Array, Array, Array, Array]:
    """The customers' figures as arrays of floats, where the method is AVERAGE as if nothing was known of them."""
    given = (frequency, recency_weeks, age_weeks, mean_contribution)
    x, recency, age, mean = (np.asarray(column, dtype=np.float64).reshape(-1) for column in given)
    if not len(x) == len(recency) == len(age) == len(mean):
        raise ValueError("Each customer needs all four figures: frequency, recency, age and mean contribution.")
    sensible = (x >= 0) & (recency >= 0) & (recency <= age) & np.isfinite(age) & np.isfinite(mean) & np.isfinite(x)
    if not sensible.all():
        raise ValueError("Frequency, recency and age are 0 or more, recency is at most age, and all are numbers.")
    if model.method is Method.AVERAGE:
        return (np.zeros_like(x),) * 4
    return x, recency, age, np.maximum(mean, 0.0)
