"""Limits in tokens and money, beside the ledger's limit in responses.

The bound of a call is reserved before the call and released at its end; its usage is then spent. A
call uses no more than its bound. So the limits hold with any number of calls in flight.
"""

from fractions import Fraction
from typing import NamedTuple

from dynscaling_nb.errors import InputError
from dynscaling_nb.records import Prices, Usage


class _Amount(NamedTuple):
    """Tokens in and out together, and money as an exact fraction."""

    tokens: int
    cost: int | Fraction  # 0 without prices

    def plus(self, other: "_Amount") -> "_Amount":
        return _Amount(self.tokens + other.tokens, self.cost + other.cost)

    def minus(self, other: "_Amount") -> "_Amount":
        return _Amount(self.tokens - other.tokens, self.cost - other.cost)


NOTHING = _Amount(0, 0)


class SpendLimits:
    """At most `token_limit` tokens, in and out together, and `cost_limit` money at `prices`.

    None is no limit. Sums are exact. Raises `InputError` for a limit that is not positive, and for
    `cost_limit` without prices.
    """

    def __init__(
        self,
        token_limit: int | None = None,
        cost_limit: float | None = None,
        prices: Prices | None = None,
    ) -> None:
        for name, limit in (("token_limit", token_limit), ("cost_limit", cost_limit)):
            if limit is not None and not limit > 0:
                raise InputError(f"{name} must be positive, got {limit}", limit)
        if cost_limit is not None and prices is None:
            raise InputError(
                "cost_limit needs prices=(IN, OUT) or (IN, OUT, CACHED), each of a million tokens",
                cost_limit,
            )
        self.prices = check_prices(prices)
        exact = [Fraction(str(price)) for price in self.prices or ()]
        self._fractions = (*exact, *exact[:1])[:3]  # in, out, cached: as in if it is not priced
        self._token_limit = token_limit
        self._cost_limit = None if cost_limit is None else Fraction(str(cost_limit))
        self._spent = NOTHING
        self._reserved = NOTHING
        self._exhausted = False

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self._token_limit is not None or self._cost_limit is not None

    @property
    def exhausted(self) -> bool:
        """Whether the last call did not fit into the limits, and no call has ended since."""
        return self._exhausted

    @property
    def tokens(self) -> int:
        """Tokens spent."""
        return self._spent.tokens

    @property
    def cost(self) -> float:
        """Money spent, 0 without prices."""
        return float(self._spent.cost)

    def reserve(self, bound: Usage) -> bool:
        """Reserve the bound of a call. Returns False, and reserves nothing, if it does not fit."""
        reserved = self._reserved.plus(self._amount(bound))
        total = self._spent.plus(reserved)
        too_many = self._token_limit is not None and total.tokens > self._token_limit
        too_dear = self._cost_limit is not None and total.cost > self._cost_limit
        self._exhausted = too_many or too_dear
        if not self._exhausted:
            self._reserved = reserved
        return not self._exhausted

    def release(self, bound: Usage) -> None:
        """End the reservation of a call."""
        self._reserved = self._reserved.minus(self._amount(bound))
        self._exhausted = False

    def spend(self, used: Usage) -> None:
        """Count the usage of a call."""
        self._spent = self._spent.plus(self._amount(used))

    def _amount(self, usage: Usage) -> _Amount:
        tokens = usage.prompt_tokens + usage.completion_tokens
        if self.prices is None:
            return _Amount(tokens, 0)
        prompt, completion, cached = self._fractions
        cost = (
            (usage.prompt_tokens - usage.cached_tokens) * prompt
            + usage.cached_tokens * cached
            + usage.completion_tokens * completion
        )
        return _Amount(tokens, cost / 10**6)


def check_prices(prices: Prices | None) -> Prices | None:
    """The prices: two or three numbers, 0 or more. Raises `InputError`."""
    if prices is not None and not (len(prices) in (2, 3) and all(price >= 0 for price in prices)):
        raise InputError(
            "prices must be (IN, OUT) or (IN, OUT, CACHED) of a million tokens, "
            f"each 0 or more, got {prices!r}",
            prices,
        )
    return prices


def charged(bound: Usage, used: Usage) -> Usage:
    """The charge for a call: the server's count, or its bound if the count cannot be right."""
    prompt, completion = bound.prompt_tokens, bound.completion_tokens
    if 0 < used.prompt_tokens <= prompt:
        prompt = used.prompt_tokens
    if 0 < used.completion_tokens <= completion:
        completion = used.completion_tokens
    return Usage(prompt, completion, used.requests, used.retries, min(used.cached_tokens, prompt))
