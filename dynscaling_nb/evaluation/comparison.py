"""The values of a comparison of strategies: scores, differences with intervals, words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dynscaling_nb.answers.unread import UnreadNote
from dynscaling_nb.bandit.arms import Floats
from dynscaling_nb.formatting import counted, html
from dynscaling_nb.records import Prices, Usage

if TYPE_CHECKING:
    import pandas as pd

RESAMPLES = 2000  # of the bootstrap
LEVEL = 0.95  # of an interval


@dataclass(frozen=True)
class StrategyScore:
    """One strategy at one mean budget, over all seeds.

    `right` is the share of seeds in which each question was right, shape (questions,). `responses`,
    `prompt_tokens` and `completion_tokens` are means a question. `unread` is the share of responses
    without a readable answer.
    """

    strategy: str
    budget: float
    right: Floats
    responses: float
    prompt_tokens: float
    completion_tokens: float
    unread: float = 0.0

    @property
    def accuracy(self) -> float:
        """Share of right answers, in [0, 1]."""
        return float(self.right.mean())


@dataclass(frozen=True)
class Difference:
    """How far `strategy` is ahead of the baseline at a budget.

    `gain` is in accuracy; `low` and `high` are the ends of its paired bootstrap interval over
    questions.
    """

    strategy: str
    budget: float
    gain: float
    low: float
    high: float

    @property
    def shown(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, repr=False)
class Comparison:
    """The result of `compare`.

    Intervals are 95 % intervals. They come from resampling the questions. All strategies share the
    resamples, so differences are paired. `queries` and `seeds` are numbers. `unread_note` tells of
    the strategies of which more than a tenth of the responses could not be read; None without any.
    """

    scores: tuple[StrategyScore, ...]
    baseline: str
    queries: int
    seeds: int
    prices: Prices | None = None
    unread_note: UnreadNote | None = None

    def rows(self) -> list[dict[str, Any]]:
        """One row for each strategy and budget.

        - `strategy`, and `budget` in mean responses a question.
        - `accuracy` in [0, 1], with the ends `low` and `high` of its interval.
        - `responses`, `prompt_tokens`, `completion_tokens`: means a question.
        - `unread`: share of the responses without a readable answer, in [0, 1].
        - `money` a question; None without prices.
        """
        resamples = self._resamples()
        return [self._row(score, resamples) for score in self.scores]

    def _row(self, score: StrategyScore, resamples: NDArray[np.int64]) -> dict[str, Any]:
        low, high = _interval(score.right[resamples].mean(axis=1))
        money = None
        if self.prices is not None:  # of a million questions: a usage holds whole tokens
            usage = Usage(round(score.prompt_tokens * 1e6), round(score.completion_tokens * 1e6))
            money = usage.cost(self.prices) / 1e6
        return {
            "strategy": score.strategy,
            "budget": score.budget,
            "accuracy": score.accuracy,
            "low": low,
            "high": high,
            "responses": score.responses,
            "prompt_tokens": score.prompt_tokens,
            "completion_tokens": score.completion_tokens,
            "unread": score.unread,
            "money": money,
        }

    def to_frame(self) -> "pd.DataFrame":
        """The rows as a pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def differences(self) -> list[Difference]:
        """Every other strategy against the baseline, at each budget."""
        resamples = self._resamples()
        baseline = {s.budget: s.right for s in self.scores if s.strategy == self.baseline}
        differences = []
        for score in self.scores:
            if score.strategy != self.baseline:
                ahead = score.right - baseline[score.budget]
                low, high = _interval(ahead[resamples].mean(axis=1))
                differences.append(
                    Difference(score.strategy, score.budget, float(ahead.mean()), low, high)
                )
        return differences

    def needed(self) -> dict[str, float | None]:
        """Mean responses a question with which each strategy reaches the baseline's best accuracy.

        Between two budgets the accuracy is interpolated. None for a strategy that stays below.
        """
        best = max(score.accuracy for score in self.scores if score.strategy == self.baseline)
        return {name: _first_reach(curve, best) for name, curve in self.curves().items()}

    def curves(self) -> dict[str, list[StrategyScore]]:
        """The scores of each strategy, by budget."""
        names = dict.fromkeys(score.strategy for score in self.scores)
        return {
            name: sorted((s for s in self.scores if s.strategy == name), key=lambda s: s.budget)
            for name in names
        }

    def summary(self) -> str:
        """In words: what is shown against the baseline, and what is not."""
        sentences: dict[bool, list[str]] = {True: [], False: []}
        for each in self.differences():
            sentences[each.shown].append(
                f"{each.strategy} at {each.budget:g}: {100 * each.gain:+.1f} points "
                f"({100 * LEVEL:.0f} % interval {100 * each.low:+.1f} to {100 * each.high:+.1f})"
            )
        questions = counted(self.queries, "question", "questions")
        seeds = counted(self.seeds, "seed", "seeds")
        return (
            f"Against {self.baseline}, {questions}, {seeds}, mean responses a question:\n"
            f"Shown: {'; '.join(sentences[True]) or 'nothing'}.\n"
            f"Not significant: {'; '.join(sentences[False]) or 'nothing'}."
        )

    def __repr__(self) -> str:
        strategies = len(self.curves())
        budgets = len(self.scores) // max(strategies, 1)
        return f"<Comparison of {strategies} strategies at {budgets} budgets>"

    def __str__(self) -> str:
        table = self._shown().to_string(index=False, float_format=lambda x: f"{x:.3f}")
        note = "" if self.unread_note is None else f"{self.unread_note.text}\n\n"
        return f"{note}{table}\n\n{self.summary()}"

    def _shown(self) -> "pd.DataFrame":
        """The rows without a column of unread responses where there are none."""
        frame = self.to_frame()
        return frame if frame["unread"].any() else frame.drop(columns="unread")

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The text that IPython and a notebook without HTML show."""
        printer.text("Comparison(...)" if cycle else str(self))

    def _repr_html_(self) -> str:
        """The note on unread responses, the table and the summary; all names are escaped."""
        frame = self._shown().dropna(axis="columns", how="all")
        shares = dict.fromkeys(("accuracy", "low", "high", "unread"), "{:.1%}".format)
        table = frame.to_html(index=False, formatters=shares, float_format="{:.4g}".format)
        summary = "".join(f"<p>{html(line)}</p>" for line in self.summary().splitlines())
        note = "" if self.unread_note is None else self.unread_note.html
        return f"{note}{table}{summary}"

    def _resamples(self) -> NDArray[np.int64]:
        """Questions drawn with replacement, shape (resamples, questions)."""
        return np.random.default_rng(0).integers(self.queries, size=(RESAMPLES, self.queries))


def _interval(means: Floats) -> tuple[float, float]:
    """The ends of the interval of resampled means."""
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _first_reach(curve: Sequence[StrategyScore], accuracy: float) -> float | None:
    before: StrategyScore | None = None
    for score in curve:
        if score.accuracy >= accuracy:
            if before is None or score.accuracy == before.accuracy:
                return score.responses
            part = (accuracy - before.accuracy) / (score.accuracy - before.accuracy)
            return before.responses + part * (score.responses - before.responses)
        before = score
    return None
