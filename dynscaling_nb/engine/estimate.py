"""What a run may take, before it begins: a range, and the most that it can be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.errors import InputError
from dynscaling_nb.formatting import counted
from dynscaling_nb.records import Prices, Query, Usage

SHORT, LONG = 50, 1500  # tokens of a response, where nothing is said of it
CHARACTERS = 4  # of a token, of English


@dataclass(frozen=True)
class Estimate:
    """Tokens that `responses` responses may use, from `low` to `high`, and money where there are `prices`; limits hold the high end down."""

    queries: int
    responses: int
    low: Usage
    high: Usage
    prices: Prices | None = None
    tokens: int | None = None
    money: float | None = None

    @property
    def cost(self) -> tuple[float, float] | None:
        """The range of what it costs; None without prices."""
        if self.prices is None:
            return None
        low, high = (usage.cost(self.prices) for usage in (self.low, self.high))
        most = self.money if self.money is not None else high
        return min(low, most), min(high, most)

    def __str__(self) -> str:
        low, high = (
            usage.prompt_tokens + usage.completion_tokens for usage in (self.low, self.high)
        )
        most = self.tokens if self.tokens is not None else high
        parts = [
            f"up to {counted(self.responses, 'response', 'responses')} over {counted(self.queries, 'query', 'queries')}",
            f"about {min(low, most):,} to {min(high, most):,} tokens",
        ]
        if self.cost is not None:
            parts.append(f"{_money(self.cost[0])} to {_money(self.cost[1])} in money")
        return ", ".join(parts)


def _money(amount: float) -> str:
    return f"{amount:,.2f}" if amount >= 1 else f"{amount:.2g}"


def estimate(
    queries: Sequence[Query],
    budget: int,
    plan: Plan,
    template: Template,
    *,
    max_tokens: int | None = None,
    prices: Prices | None = None,
    tokens: int | None = None,
    money: float | None = None,
) -> Estimate:
    """What a run of `budget` responses may take.

    Tokens of a prompt are its characters over four. A response has from 50 to 1,500 tokens; with `max_tokens` up to that, from a quarter of
    it or 50, whichever is less. Chained responses read `plan.depth` earlier ones.
    """
    short, long = (
        (SHORT, LONG) if max_tokens is None else (min(SHORT, -(-max_tokens // 4)), max_tokens)
    )
    alone = (
        sum(len(m["content"]) for query in queries for m in template.parallel(query))
        // CHARACTERS
        / len(queries)
    )
    mean = round(budget / len(queries))
    chained = budget * sum(plan.chains(i) for i in range(mean)) / max(mean, 1)
    reads = [round(budget * alone + chained * plan.depth * length) for length in (short, long)]
    low, high = (
        Usage(read, budget * length, budget)
        for read, length in zip(reads, (short, long), strict=True)
    )
    return Estimate(len(queries), budget, low, high, prices, tokens, money)


def confirmed(
    found: Estimate, above: float | None, confirm: Callable[[Estimate], bool] | None
) -> None:
    """Raise `InputError` where the estimate goes above a limit in money and `confirm` is not there to say yes, or says no."""
    if above is None:
        return
    if found.cost is None:
        raise InputError(
            "to ask above a limit in money the run needs prices=(IN, OUT) of a million tokens",
            above,
        )
    if found.cost[1] <= above:
        return
    if confirm is None:
        raise InputError(
            f"the run may cost more than {above:g}: {found}; raise the limit, or lower the budget",
            found.cost[1],
        )
    if not confirm(found):
        raise InputError(f"not begun: {found}", found.cost[1])
