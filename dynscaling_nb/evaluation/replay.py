"""Allocation replayed on recorded answers: what would a policy have got from the same samples? No model is called.

From pools of answers (`replay`), and from the responses that a run of one's own has drawn (`reallocate`).
"""

import gzip
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dynscaling_nb.answers.votes import Votes
from dynscaling_nb.bandit import policies
from dynscaling_nb.bandit.arms import Floats
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.bandit.stopping import StopRule, stop_rule
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.engine.result import Result
from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import parse
from dynscaling_nb.records import Response, State

MOST_BYTES = 500_000_000  # of a pool, unpacked: a small file may hold as much as fills any memory
UNITS = ("responses", "tokens")
INDEPENDENT = Plan(depth=0)  # recorded answers are independent ones: there is nothing to chain


@dataclass(frozen=True)
class Recorded:
    """One question of a pool: its gold answer and the answers that a model gave, None where one could not be read; `prior` as a `Query`'s."""

    id: str
    gold: str
    answers: tuple[str | None, ...]
    prior: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Replay:
    """Accuracy in [0, 1], averaged over repeats with the recorded answers shuffled; `stderr` is the standard error of that
    mean (None for one repeat), `budget` and `mean_pulls` are responses a query."""

    policy: str
    budget: float
    accuracy: float
    stderr: float | None
    mean_pulls: float

    def to_json(self) -> dict[str, Any]:
        """A mapping of plain values."""
        return {
            "policy": self.policy,
            "budget": self.budget,
            "accuracy": self.accuracy,
            "stderr": self.stderr,
            "mean_pulls": self.mean_pulls,
        }


def read_pool(path: str | Path) -> list[Recorded]:
    """A pool of JSON lines, `{"id", "gold", "answers": [...]}`, gzipped or not; an empty answer is one that could not be read.

    Raises `InputError` that names the file, and the line where one is bad.
    """
    path = Path(path)
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        text = raw.decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the pool {path}: {error}", str(path)) from error
    if len(raw) > MOST_BYTES:
        raise InputError(
            f"the pool {path} holds more than {MOST_BYTES // 10**6} MB; split it", str(path)
        )
    pool = [
        _recorded(path, n, line)
        for n, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]
    if not pool:
        raise InputError(f"the pool {path} holds no questions", str(path))
    return pool


def _recorded(path: Path, number: int, line: str) -> Recorded:
    try:
        row = parse(line)
        answers = tuple(str(answer) or None for answer in row["answers"])
        return Recorded(str(row["id"]), str(row["gold"]), answers)
    except (ValueError, KeyError, TypeError) as error:
        message = (
            f'{path}, line {number}: expected {{"id", "gold", "answers": [...]}}, got {line[:60]!r}'
        )
        raise InputError(message, number) from error


@dataclass(frozen=True)
class Repeats:
    """What each repeat of a replay gave, arrays of shape (repeats,): the share of right answers and of answers that are the most frequent
    recorded one, both in [0, 1], and responses a query.
    """

    accuracy: Floats
    agreement: Floats
    pulls: Floats


def replays(
    pool: Sequence[Recorded],
    policy: str | Policy = "default",
    budget: float = 8,
    *,
    stop: str | StopRule | None = None,
    repeats: int = 30,
    seed: int = 0,
    max_responses: int | None = None,
) -> Repeats:
    """Spend `budget` mean responses a query over the pool by a policy, `repeats` times with shuffled samples; at most `max_responses` on one query.

    The same seed shuffles alike for every policy, so that differences between policies are paired.
    """
    total = round(budget * len(pool))
    if repeats < 1:
        raise InputError(f"repeats must be 1 or more, got {repeats}", repeats)
    chosen, rule = policies.policy(policy), stop_rule(stop)
    limits = [
        min(len(question.answers), max_responses or len(question.answers)) for question in pool
    ]
    modes = [_mode(question) for question in pool]
    found = [_once(pool, modes, chosen, rule, total, limits, seed=seed + r) for r in range(repeats)]
    return Repeats(*np.array(found).T)


def replay(
    pool: Sequence[Recorded],
    policy: str | Policy = "default",
    budget: float = 8,
    *,
    stop: str | StopRule | None = None,
    repeats: int = 30,
    seed: int = 0,
) -> Replay:
    """The mean of `replays`, with its standard error."""
    found = replays(pool, policy, budget, stop=stop, repeats=repeats, seed=seed)
    stderr = float(found.accuracy.std(ddof=1) / np.sqrt(repeats)) if repeats > 1 else None
    name = policy if isinstance(policy, str) else policy.name
    return Replay(name, budget, float(found.accuracy.mean()), stderr, float(found.pulls.mean()))


def _mode(question: Recorded) -> str | None:
    counted = Counter(answer for answer in question.answers if answer is not None).most_common(1)
    return counted[0][0] if counted else None


def _once(
    pool: Sequence[Recorded],
    modes: Sequence[str | None],
    chosen: Policy,
    rule: StopRule | None,
    total: int,
    limits: Sequence[int],
    *,
    seed: int,
) -> tuple[float, float, float]:
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(question.answers)) for question in pool]
    priors = [question.prior for question in pool]
    ledger = Ledger(
        len(pool), total, chosen, INDEPENDENT, stop=rule, seed=seed, limits=limits, priors=priors
    )
    while pulls := ledger.ask():
        for pull in pulls:
            ledger.tell(pull, pool[pull.query].answers[orders[pull.query][pull.index]])
    leaders = ledger.leaders
    right = [leader == question.gold for leader, question in zip(leaders, pool, strict=True)]
    agree = [leader == mode for leader, mode in zip(leaders, modes, strict=True)]
    return float(np.mean(right)), float(np.mean(agree)), ledger.spent / len(pool)


@dataclass(frozen=True)
class Reallocation:
    """A finished run's responses, dealt out once more. `answers`, `states` and `pulls` hold one value a query.

    `drawn` are the responses in the order of their pulls; element k of `agreement` and `accuracy` is what held after k + 1 of them.
    `agreement` is the share of queries, in [0, 1], whose answer is already the one that all recorded responses give; `accuracy` the
    share of right ones among those with a gold answer, None where there is none. `ran_out` is the number of responses after which
    the first of the `exhausted` queries had no recorded ones left, None where none had before the budget was spent: from there on
    the curve shows the end of the recording as well as the policy.
    """

    policy: str
    budget: int
    drawn: list[Response]
    answers: list[str | None]
    states: list[State]
    agreement: list[float]
    accuracy: list[float] | None
    pulls: list[int]
    ran_out: int | None
    exhausted: int


def reallocate(
    result: Result,
    policy: str | Policy = "default",
    budget: int | None = None,
    *,
    stop: str | StopRule | None = None,
    seed: int = 0,
    **constants: Any,
) -> Reallocation:
    """Spend `budget` of the responses that a run has drawn (None: all of them) by a policy with these `constants`.

    Each query gives its responses in the order in which they came, so that a chained one follows those that it was built from. One
    response goes to each query before the policy starts: so, but for policies that pull several at once, what held after k responses is
    what a budget of k would have brought. A budget beyond the recording ends where the recording does. Raises `InputError` for a
    budget below the number of queries.
    """
    chosen = policies.policy(policy, **constants)
    recorded: dict[str, list[Response]] = {query.id: [] for query in result.queries}
    for response in result.responses:
        recorded[response.query_id].append(response)
    decks = list(recorded.values())
    budget = budget or max(len(result.responses), len(decks))
    ledger = Ledger(
        len(decks),
        budget,
        chosen,
        INDEPENDENT,
        stop=stop_rule(stop),
        warmup=1,
        seed=seed,
        limits=[len(deck) for deck in decks],
        priors=[query.prior for query in result.queries],
    )
    votes = [Votes(query.prior) for query in result.queries]
    agrees = [final is None for final in result.answers]
    right = [False] * len(decks)
    drawn: list[Response] = []
    agreement, accuracy = [], []
    agreeing, correct, exhausted, ran_out = sum(agrees), 0, 0, None
    while pulls := ledger.ask():
        pull = pulls[0]
        q, response = pull.query, decks[pull.query][pull.index]
        ledger.tell(pull, response.answer, weight=response.weight)
        drawn.append(response)
        if response.answer is not None:
            votes[q].add(response.answer, depth=len(response.sources), weight=response.weight)
            leader = votes[q].leader
            agreeing += (leader == result.answers[q]) - agrees[q]
            correct += (leader == result.golds[q]) - right[q]
            agrees[q], right[q] = leader == result.answers[q], leader == result.golds[q]
        agreement.append(agreeing / len(decks))
        accuracy.append(correct)
        if pull.index + 1 == len(decks[q]) and ledger.left:
            exhausted += 1
            ran_out = ran_out or len(drawn)
    known = sum(gold is not None for gold in result.golds)
    return Reallocation(
        policy=chosen.name,
        budget=ledger.budget,
        drawn=drawn,
        answers=[vote.leader for vote in votes],
        states=ledger.states,
        agreement=agreement,
        accuracy=[count / known for count in accuracy] if known else None,
        pulls=ledger.done.tolist(),
        ran_out=ran_out,
        exhausted=exhausted,
    )
