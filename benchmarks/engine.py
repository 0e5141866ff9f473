"""The cost of a request on loopback: the engine, bare openai clients, and its_hub as a peer.

`--peer PYTHON` names an interpreter that has its_hub; `make bench` makes one. Seconds and processor
time are medians over rounds, in which all take turns.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

from loopback import endpoint
from openai import AsyncOpenAI, DefaultAioHttpClient, DefaultAsyncHttpxClient
from report import destination, report

import dynscaling_nb as dn

PEER = Path(__file__).with_name("peer.py")
DELAY = 0.05  # seconds a response


class Load(NamedTuple):
    """So many responses, with so many requests in flight."""

    responses: int
    in_flight: int


class Cost(NamedTuple):
    """Of a load: seconds, and milliseconds of processor time a response."""

    seconds: float
    cpu: float


LOADS = (Load(400, 32), Load(4000, 256))
Contender = Callable[[str, Load], Awaitable[None]]


async def bare(url: str, load: Load, http_client: type[DefaultAsyncHttpxClient]) -> None:
    """The responses by asyncio.gather over one client, read as plain JSON."""
    limit = asyncio.Semaphore(load.in_flight)
    async with AsyncOpenAI(
        base_url=url, api_key="none", timeout=600, http_client=http_client(timeout=600)
    ) as client:

        async def one(i: int) -> None:
            async with limit:
                message = {"role": "user", "content": f"q{i}"}
                body = {"model": "m", "messages": [message]}
                await client.post("/chat/completions", cast_to=object, body=body)

        await asyncio.gather(*(one(i) for i in range(load.responses)))


async def typed(url: str, load: Load) -> None:
    """The same by the openai client as it comes."""
    limit = asyncio.Semaphore(load.in_flight)
    async with AsyncOpenAI(base_url=url, api_key="none", timeout=600) as client:

        async def one(i: int) -> None:
            async with limit:
                await client.chat.completions.create(
                    model="m", messages=[{"role": "user", "content": f"q{i}"}]
                )

        await asyncio.gather(*(one(i) for i in range(load.responses)))


async def engine(url: str, load: Load, max_n: int) -> None:
    """The responses by a run of 50 questions or more, up to `max_n` in a request."""
    queries = [f"q{i}" for i in range(load.responses // 8)]
    model = dn.OpenAIModel("m", url, api_key="none", max_n=max_n)
    await dn.arun(
        queries,
        budget=load.responses,
        model=model,
        concurrency=load.in_flight,
        seed=1,
        store=False,
    )


CONTENDERS: dict[str, Contender] = {
    "openai as it comes (httpx)": typed,
    "openai, JSON, httpx": lambda url, load: bare(url, load, DefaultAsyncHttpxClient),
    "openai, JSON, aiohttp": lambda url, load: bare(url, load, DefaultAioHttpClient),
    "engine, n = 1": lambda url, load: engine(url, load, 1),
    "engine, n up to 8": lambda url, load: engine(url, load, 8),
}


def measured(contender: Contender, url: str, load: Load) -> Cost:
    """The cost of one round."""
    cpu, began = processor_time(), time.perf_counter()
    asyncio.run(contender(url, load))  # type: ignore[arg-type]
    seconds = time.perf_counter() - began
    return Cost(seconds, (processor_time() - cpu) / load.responses * 1e3)


def processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def of_peer(python: str, url: str, load: Load) -> Cost:
    """The cost of one round of its_hub, which measures itself in a process of its own."""
    command = [python, str(PEER), url, str(load.responses), str(load.in_flight)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Cost(**json.loads(output.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", help="an interpreter that has its_hub")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    rows = []
    with endpoint(DELAY) as url:
        asyncio.run(engine(url, Load(64, 8), 1))  # imports
        for load in LOADS:
            costs: dict[str, list[Cost]] = {}
            for _ in range(args.rounds):
                for name, contender in CONTENDERS.items():
                    costs.setdefault(name, []).append(measured(contender, url, load))
                if args.peer:
                    costs.setdefault("its_hub", []).append(of_peer(args.peer, url, load))
            rows += [
                {
                    "responses": load.responses,
                    "in flight": load.in_flight,
                    "what": name,
                    "seconds": median(cost.seconds for cost in each),
                    "ms of CPU a response": median(cost.cpu for cost in each),
                }
                for name, each in costs.items()
            ]
    report("engine: responses of 50 ms on loopback", rows, destination(parser, args))


if __name__ == "__main__":
    main()
