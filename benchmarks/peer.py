"""its_hub's client, for `engine.py`: URL, responses, requests in flight. Prints its cost as JSON.

It runs in an environment of its own and imports nothing of this project.
"""

import asyncio
import json
import resource
import sys
import time

from its_hub.api.types import ChatMessage
from its_hub.core.lms.openai_lm import OpenAICompatibleLanguageModel


def processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def draw(url: str, responses: int, in_flight: int) -> None:
    model = OpenAICompatibleLanguageModel(url, "none", "m", max_concurrency=in_flight)
    messages = [[ChatMessage(role="user", content=f"q{i}")] for i in range(responses)]
    await model.agenerate(messages)


def main(url: str, responses: int, in_flight: int) -> None:
    asyncio.run(draw(url, 8, 8))  # imports
    cpu, began = processor_time(), time.perf_counter()
    asyncio.run(draw(url, responses, in_flight))
    seconds = time.perf_counter() - began
    cost = {"seconds": seconds, "cpu": (processor_time() - cpu) / responses * 1e3}
    print(json.dumps(cost))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
