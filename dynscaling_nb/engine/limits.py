"""Limits in tokens and money, beside the ledger's in responses: reserved before a call, settled by what it used, given back if it failed.

A call may use no more than its bound, so with every call in flight reserved at its bound the limits hold, whatever comes back.
"""

from fractions import Fraction

from dynscaling_nb.errors import InputError
from dynscaling_nb.records import Prices, Usage


class SpendLimits:
    """At most `tokens` tokens in and out together, and at most `money`, at `prices`. None is no limit. Sums are exact.

    Raises `InputError` for a limit that is not positive, or one in money without prices.
    """

    def __init__(
        self, tokens: int | None = None, money: float | None = None, prices: Prices | None = None
    ) -> None:
        for name, limit in (("tokens", tokens), ("money", money)):
            if limit is not None and not limit > 0:
                raise InputError(f"a budget in {name} must be positive, got {limit}", limit)
        if money is not None and prices is None:
            raise InputError(
                "a budget in money needs prices=(IN, OUT) or (IN, OUT, CACHED), each of a million tokens",
                money,
            )
        self.prices = checked(prices)
        self._limits: tuple[int | None, Fraction | None] = (
            tokens,
            None if money is None else Fraction(str(money)),
        )
        self._spent: tuple[int, int | Fraction] = (0, 0)
        self._reserved: tuple[int, int | Fraction] = (0, 0)

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self._limits != (None, None)

    @property
    def tokens(self) -> int:
        """Tokens spent."""
        return self._spent[0]

    @property
    def money(self) -> float:
        """Money spent, 0 without prices."""
        return float(self._spent[1])

    def reserve(self, bound: Usage) -> bool:
        """Set the bound of a call aside, if the limits still hold it."""
        wanted = self._price(bound)
        reserved = _sum(self._reserved, wanted)
        total = _sum(self._spent, reserved)
        tokens, money = self._limits
        if (tokens is not None and total[0] > tokens) or (money is not None and total[1] > money):
            return False
        self._reserved = reserved
        return True

    def give_back(self, bound: Usage) -> None:
        """End the reservation of a call."""
        self._reserved = _sum(self._reserved, self._price(bound), -1)

    def spend(self, used: Usage) -> None:
        """Count what was used."""
        self._spent = _sum(self._spent, self._price(used))

    def _price(self, usage: Usage) -> tuple[int, int | Fraction]:
        tokens = usage.prompt_tokens + usage.completion_tokens
        if self.prices is None:
            return tokens, 0
        prompt, completion, cached = (
            Fraction(str(price)) for price in (*self.prices, self.prices[0])[:3]
        )
        fresh = usage.prompt_tokens - usage.cached_tokens
        return tokens, (
            fresh * prompt + usage.cached_tokens * cached + usage.completion_tokens * completion
        ) / 10**6


def _sum(
    a: tuple[int, int | Fraction], b: tuple[int, int | Fraction], sign: int = 1
) -> tuple[int, int | Fraction]:
    return a[0] + sign * b[0], a[1] + sign * b[1]


def checked(prices: Prices | None) -> Prices | None:
    """The prices, two or three numbers from 0 on. Raises `InputError`."""
    if prices is not None and not (len(prices) in (2, 3) and all(price >= 0 for price in prices)):
        raise InputError(
            f"prices must be (IN, OUT) or (IN, OUT, CACHED) of a million tokens, each from 0 on, got {prices!r}",
            prices,
        )
    return prices


def charged(bound: Usage, used: Usage) -> Usage:
    """What a call counts as: what the server says, but its bound where the server says nothing or what cannot be."""
    prompt = (
        used.prompt_tokens if 0 < used.prompt_tokens <= bound.prompt_tokens else bound.prompt_tokens
    )
    completion = (
        used.completion_tokens
        if 0 < used.completion_tokens <= bound.completion_tokens
        else bound.completion_tokens
    )
    return Usage(prompt, completion, used.requests, used.retries, min(used.cached_tokens, prompt))
