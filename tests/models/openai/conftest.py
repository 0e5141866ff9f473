"""Fixtures: a clock that is handed in, no refused fields from before, both HTTP libraries."""

import sys

import pytest

from dynscaling_nb.models.openai.session import REFUSED_FIELDS
from dynscaling_nb.records import Query, Request


class Clock:
    """Seconds that pass only in `sleep`, or by hand."""

    now = 0.0

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(autouse=True)
def nothing_refused():
    """Servers of other tests refused fields at addresses that may come again."""
    REFUSED_FIELDS.clear()


@pytest.fixture
def request_for():
    """Makes a request for `n` completions of a question."""

    def make(text="What is 3 + 4?", n=1, index=0):
        messages = ({"role": "user", "content": text},)
        return Request(Query(text, text), messages, n, index)

    return make


@pytest.fixture(params=["aiohttp", "httpx"])
def transport(request, monkeypatch):
    """The HTTP library of the clients; httpx is used where aiohttp is not installed."""
    if request.param == "httpx":
        monkeypatch.setitem(sys.modules, "aiohttp", None)
    return request.param
