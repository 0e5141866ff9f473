"""Which wordings a real model follows: share of answers, of right ones, and what chains change.

python benchmarks/prompts.py MODEL.gguf [--seed 0] [--openings a,b] [--chains c,d]

For each opening, every question gets 8 independent responses. For each wording of a chain, with the
first of the openings, every question gets 4 chained responses. Each is built from 4 of the
independent ones that hold reasoning. Intervals are 95 %, by drawing questions again (bootstrap).
Responses are kept in build/prompts, so that a second run reads them again.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from report import destination, report
from wordings import CHAINS, OPENINGS, QUESTIONS

import dynscaling_nb as dn
from dynscaling_nb.answers.extract import EXTRACTORS
from dynscaling_nb.answers.reading import QuestionReading
from dynscaling_nb.chains.prompt import thoughts
from dynscaling_nb.inputs import as_queries
from dynscaling_nb.models.cached import CachedModel, ResponseCache
from dynscaling_nb.records import Completion, Messages, Query, Request
from dynscaling_nb.storage.recorder import prompt_key

RESPONSES, CHAINED, DEPTH = 8, 4, 4
PER_CHAIN = 2  # responses to one chain
TEMPERATURE, LONGEST = 0.8, 100
RESAMPLES = 2000


@dataclass(frozen=True)
class Drawn:
    """Responses to one question: those to its own prompt, and those to chains."""

    query: Query
    independent: list[dn.Response]
    chained: list[dn.Response]

    def right(self, responses: Sequence[dn.Response]) -> list[bool]:
        gold = read_as(self.query).value(self.query.golds[0])
        return [response.answer == gold for response in responses]

    def majority(self, responses: Sequence[dn.Response]) -> bool:
        votes = dn.Votes()
        for response in responses:
            if response.answer is not None:
                votes.add(response.answer)
        return votes.leader == read_as(self.query).value(self.query.golds[0])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", metavar="MODEL.gguf", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--openings", default=",".join(OPENINGS))
    parser.add_argument("--chains", default=",".join(CHAINS))
    parser.add_argument("--questions", type=int, default=30)
    args = parser.parse_args()
    Path("build/prompts").mkdir(parents=True, exist_ok=True)
    rows = asyncio.run(measure(args))
    report(f"prompts {args.model.stem}: wordings on a real model", rows, destination(parser, args))


async def measure(args: argparse.Namespace) -> list[dict[str, Any]]:
    """One row a wording and a set of questions."""
    cache = ResponseCache(Path(f"build/prompts/{args.model.stem}-{args.seed}.jsonl"))
    model = dn.LocalModel(
        str(args.model), temperature=TEMPERATURE, max_tokens=LONGEST, seed=args.seed
    )
    cached = CachedModel(model, cache, lambda request: prompt_key(model, request.messages))
    openings = [name for name in OPENINGS if name in args.openings.split(",")]
    rows = []
    async with cached.open() as sampler:
        for kind, questions in QUESTIONS.items():
            queries = as_queries(questions[: args.questions])
            for name in openings:
                alone = await draw(sampler, queries, OPENINGS[name])
                rows.append(independent_row(kind, name, alone))
                print(rows[-1], flush=True)
                if name == openings[0]:
                    first = alone
            for chain in [chain for chain in CHAINS if chain in args.chains.split(",")]:
                template = replace(OPENINGS[openings[0]], **CHAINS[chain])
                drawn = await draw_chained(sampler, template, first)
                rows.append(chained_row(kind, chain, drawn))
                print(rows[-1], flush=True)
    return rows


async def draw(sampler: dn.Sampler, queries: Sequence[Query], template: dn.Template) -> list[Drawn]:
    """Independent responses to every question."""

    async def one(query: Query) -> Drawn:
        return Drawn(query, await ask(sampler, query, template.parallel(query), RESPONSES), [])

    return await in_turn(sampler, one, queries)


async def draw_chained(
    sampler: dn.Sampler, template: dn.Template, alone: Sequence[Drawn]
) -> list[Drawn]:
    """Chained responses beside the independent ones that they are built from."""

    async def one(each: Drawn) -> Drawn:
        sources = [response for response in each.independent if thoughts(response)]
        responses: list[dn.Response] = []
        for number in range(CHAINED // PER_CHAIN if len(sources) > 1 else 0):
            order = np.random.default_rng(number).permutation(len(sources))[:DEPTH]
            messages = template.chained(each.query, [sources[i] for i in order])
            responses += await ask(sampler, each.query, messages, PER_CHAIN)
        return replace(each, chained=responses)

    return await in_turn(sampler, one, alone)


async def in_turn(
    sampler: dn.Sampler, draw_one: Callable[[Any], Awaitable[Drawn]], items: Sequence[Any]
) -> list[Drawn]:
    """A few items at a time, as many as the model has slots."""
    limit = asyncio.Semaphore(sampler.capacity(16))

    async def one(item: Any) -> Drawn:
        async with limit:
            return await draw_one(item)

    return await asyncio.gather(*map(one, items))


async def ask(
    sampler: dn.Sampler, query: Query, messages: Messages, count: int
) -> list[dn.Response]:
    completions: list[Completion] = []
    while len(completions) < count:
        n = min(sampler.max_n, count - len(completions))
        completions += await sampler.generate(Request(query, messages, n, len(completions)))
    reading, answers = read_as(query), {}
    for index, completion in enumerate(completions):
        answers |= reading.read(index, completion)
    return [
        dn.Response(query.id, i, "parallel", completion.text, answers[i], messages)
        for i, completion in enumerate(completions)
    ]


def read_as(query: Query) -> QuestionReading:
    """How a run reads the responses to a question by default."""
    return EXTRACTORS["auto"].of(query)


def independent_row(kind: str, name: str, drawn: list[Drawn]) -> dict[str, Any]:
    every = [each.independent for each in drawn]
    right = [np.mean(each.right(each.independent)) for each in drawn]
    return {
        "questions": kind,
        "wording": name,
        "kind": "independent",
        "stated": stated(every),
        "reasoned": share([bool(thoughts(r)) for responses in every for r in responses]),
        **with_interval("right", right),
        **with_interval("majority", [each.majority(each.independent) for each in drawn]),
        "tokens": tokens(every),
        "more_right": None,
        "more_right_low": None,
        "more_right_high": None,
        "copied": None,
    }


def chained_row(kind: str, name: str, drawn: list[Drawn]) -> dict[str, Any]:
    """Chained responses; the majority is of 4 independent ones and the 4 chained ones."""
    chains = [each for each in drawn if each.chained]
    every = [each.chained for each in chains]
    right = np.array([np.mean(each.right(each.chained)) for each in chains])
    alone = np.array([np.mean(each.right(each.independent)) for each in chains])
    mixed = [each.majority([*each.independent[:CHAINED], *each.chained]) for each in drawn]
    texts = [r.text for responses in every for r in responses]
    connector = CHAINS[name]["connector"]
    return {
        "questions": kind,
        "wording": f"chain: {name}",
        "kind": "chained",
        "stated": stated(every),
        "reasoned": share([bool(thoughts(r)) for responses in every for r in responses]),
        **with_interval("right", right),
        **with_interval("majority", mixed),
        "tokens": tokens(every),
        **with_interval("more_right", right - alone),
        "copied": share([connector in text for text in texts]),
    }


def stated(every: Sequence[Sequence[dn.Response]]) -> float:
    return share([r.answer is not None for responses in every for r in responses])


def tokens(every: Sequence[Sequence[dn.Response]]) -> float:
    """Mean length of a text, by four characters a token."""
    lengths = [len(r.text) / 4 for responses in every for r in responses]
    return round(float(np.mean(lengths)), 1) if lengths else 0.0


def share(values: Sequence[bool]) -> float:
    return round(float(np.mean(values)), 3) if values else 0.0


def with_interval(name: str, values: Sequence[Any] | np.ndarray) -> dict[str, float]:
    """The mean over questions and its 95 % interval, in percent."""
    values = 100 * np.asarray(values, float)
    if not len(values):
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), float("nan"))
    rng = np.random.default_rng(0)
    means = values[rng.integers(len(values), size=(RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {
        name: round(float(values.mean()), 1),
        f"{name}_low": round(float(low), 1),
        f"{name}_high": round(float(high), 1),
    }


if __name__ == "__main__":
    main()
