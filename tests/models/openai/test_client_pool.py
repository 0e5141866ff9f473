"""Several clients for many requests, where one client takes only some."""

from collections import Counter
from contextlib import AsyncExitStack

import pytest
from openai import AsyncOpenAI

from dynscaling_nb.models.openai.client_pool import ClientPool


def make():
    return AsyncOpenAI(base_url="http://127.0.0.1:9/v1", api_key="none")


@pytest.mark.parametrize(("most", "shares"), [(32, [32, 32, 6]), (None, [70])])
async def test_a_client_serves_so_many_requests_at_once(most, shares):
    async with AsyncExitStack() as stack, AsyncExitStack() as requests:
        pool = ClientPool(make, stack, most)
        clients = [await requests.enter_async_context(pool.borrow()) for _ in range(70)]
        assert list(Counter(map(id, clients)).values()) == shares
        assert clients[0] is pool.first
    assert all(client.is_closed() for client in clients)


async def test_a_client_is_used_again():
    async with AsyncExitStack() as stack:
        pool = ClientPool(make, stack, 32)
        for _ in range(70):
            async with pool.borrow() as client:
                assert client is pool.first
