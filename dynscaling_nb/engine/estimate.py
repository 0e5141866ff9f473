"""The estimate of a run before it begins: a range of tokens and of money."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.errors import InputError
from dynscaling_nb.formatting import counted
from dynscaling_nb.records import Prices, Query, Usage

SHORT, LONG = 50, 1500  # tokens of a response, if the model has no limit of its own
CHARACTERS = 4  # of a token of English


@dataclass(frozen=True)
class Estimate:
    """The range of tokens and, with `prices`, of cost. Limits cap the upper end.

    `low` and `high` are the range before the limits.
    """

    queries: int
    responses: int
    low: Usage
    high: Usage
    prices: Prices | None = None
    token_limit: int | None = None
    cost_limit: float | None = None

    @property
    def tokens(self) -> tuple[int, int]:
        """The range of tokens, in and out together."""
        low, high = (
            usage.prompt_tokens + usage.completion_tokens for usage in (self.low, self.high)
        )
        limit = high if self.token_limit is None else self.token_limit
        return min(low, limit), min(high, limit)

    @property
    def cost(self) -> tuple[float, float] | None:
        """The range of the cost, in the currency of the prices; None without prices."""
        if self.prices is None:
            return None
        low, high = self.low.cost(self.prices), self.high.cost(self.prices)
        limit = high if self.cost_limit is None else self.cost_limit
        return min(low, limit), min(high, limit)

    def __str__(self) -> str:
        low, high = self.tokens
        responses = counted(self.responses, "response", "responses")
        parts = [
            f"up to {responses} over {counted(self.queries, 'question', 'questions')}",
            f"about {low:,} to {high:,} tokens",
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
    token_limit: int | None = None,
    cost_limit: float | None = None,
) -> Estimate:
    """Estimate the usage of a run of `budget` responses.

    A prompt has a token for every four characters. A response has 50 to 1,500 tokens. With
    `max_tokens` it has at most that, and at least a quarter of it or 50, whichever is less. A
    chained response reads `plan.depth` earlier ones.
    """
    short, long = SHORT, LONG
    if max_tokens is not None:
        short, long = min(SHORT, -(-max_tokens // 4)), max_tokens
    prompts = [message for query in queries for message in template.parallel(query)]
    characters = sum(len(message["content"]) for message in prompts)
    prompt_tokens = characters // CHARACTERS / len(queries)  # of one question, on average
    each = round(budget / len(queries))
    chained = budget * sum(plan.chains(i) for i in range(each)) / max(each, 1)

    def used(length: int) -> Usage:
        read = budget * prompt_tokens + chained * plan.depth * length
        return Usage(round(read), budget * length, budget)

    return Estimate(len(queries), budget, used(short), used(long), prices, token_limit, cost_limit)


def confirmed(
    estimate: Estimate, above: float | None, confirm: Callable[[Estimate], bool] | None
) -> None:
    """Ask `confirm` about an estimate that goes above a limit in money; None asks nobody.

    Raises `InputError` without prices, without a `confirm` to ask, and if the answer is no.
    """
    if above is None:
        return
    if estimate.cost is None:
        raise InputError("confirm_above needs prices=(IN, OUT) of a million tokens", above)
    high = estimate.cost[1]
    if high <= above:
        return
    if confirm is None:
        raise InputError(
            f"the run may cost more than {above:g}: {estimate}; "
            "raise confirm_above, or lower the budget",
            high,
        )
    if not confirm(estimate):
        raise InputError(f"cancelled: {estimate}", high)
