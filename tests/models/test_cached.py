"""Common random numbers: equal prompts share their responses, in order."""

import json

import pytest

import dynscaling_nb as dn
from dynscaling_nb.models.base import ServerStats
from dynscaling_nb.models.cached import CachedModel, ResponseCache
from dynscaling_nb.records import Completion, Query, Request, Usage

PROMPT = "00000010"  # 16 in hexadecimal
QUERY = Query("q", "q")


class Counting(dn.ScriptedModel):
    """Responses numbered in the order in which they are drawn; a server with limits of its own."""

    is_paid = True
    identity = "counting"
    stats = ServerStats()

    def __init__(self):
        self.drawn = 0
        super().__init__(self.next, max_n=4)

    def next(self, request):
        self.drawn += 1
        return f"The answer is {self.drawn}."

    def capacity(self, limit):
        return min(limit, 3)


def ask(n=1):
    return Request(QUERY, (), n)


def texts(completions):
    return [completion.text[-2] for completion in completions]


async def test_the_kth_request_of_each_run_gets_the_kth_response():
    model, cache = Counting(), ResponseCache()
    for _ in range(2):
        async with CachedModel(model, cache, lambda request: PROMPT).open() as sampler:
            assert texts(await sampler.generate(ask())) == ["1"]
            assert texts(await sampler.generate(ask(2))) == ["2", "3"]
    assert model.drawn == 3


async def test_only_what_is_missing_is_drawn_with_seeds_of_the_prompt():
    model, cache = Counting(), ResponseCache()
    cache.put(PROMPT, 1, QUERY, Completion("The answer is 9."))
    async with CachedModel(model, cache, lambda request: PROMPT).open() as sampler:
        assert texts(await sampler.generate(ask(3))) == ["1", "9", "2"]
    assert [request.n for request in model.requests] == [2]
    assert model.requests[0].seeds == (16, 16 + 2 * 7919)


async def test_everything_else_is_the_other_models():
    model = Counting()
    cached = CachedModel(model, ResponseCache(), lambda request: PROMPT)
    assert (cached.name, cached.is_paid, cached.identity) == ("scripted", True, "counting")
    assert cached.bound(ask(2)) == Usage(2, 2)
    async with cached.open() as sampler:
        assert (sampler.max_n, sampler.capacity(16), sampler.stats) == (4, 3, model.stats)
    replay = CachedModel(dn.ReplayModel({}), ResponseCache(), lambda request: PROMPT)
    with pytest.raises(dn.InputError, match="question 'q' is not among the 0 recorded ones"):
        replay.check([QUERY])


def test_a_file_gives_back_what_was_put_in_but_for_a_line_cut_off(tmp_path):
    path, first = tmp_path / "cache.jsonl", Completion("a", "b", "length", Usage(1, 2), -0.5)
    cache = ResponseCache(path)
    cache.put("p", 0, QUERY, first)
    cache.put("p", 1, Query("q", "ä"), Completion("c"))
    path.write_bytes(path.read_bytes().partition("ä".encode())[0] + b"\xc3")
    again = ResponseCache(path)
    assert (again.get("p", 0), again.get("p", 1)) == (first, None)
    again.put("p", 1, QUERY, Completion("d"))
    third = ResponseCache(path)
    assert (third.get("p", 0), third.get("p", 1)) == (first, Completion("d"))
    path.write_text(path.read_text().rstrip())  # by an editor: the last line is whole
    ResponseCache(path).put("p", 2, QUERY, Completion("e"))
    fourth = ResponseCache(path)
    assert [fourth.get("p", k).text for k in range(3)] == ["a", "d", "e"]


def test_a_person_finds_questions_and_answers_in_the_file(tmp_path):
    path, text = tmp_path / "cache.jsonl", "é\u2028\ud83d: the answer is 7."
    cache = ResponseCache(path, lambda query, completion: f"{query.id}: 7")
    cache.put("p", 0, Query("q", "Wie viele Äpfel?"), Completion(text))
    content = path.read_bytes().decode("utf-8")
    row = json.loads(content)
    assert (row["id"], row["question"], row["answer"]) == ("q", "Wie viele Äpfel?", "q: 7")
    assert "Wie viele Äpfel?" in content
    assert ResponseCache(path).get("p", 0).text == text


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "notes.jsonl"
    for text in ('{"note": 1}\n{"note": 2}\n', '{"note": 1}'):
        path.write_text(text)
        with pytest.raises(
            dn.InputError, match="line 1: not a recorded response; name another file"
        ):
            ResponseCache(path)
