"""The books of a run: responses of an earlier process, and what a report counts."""

import pytest
from gated import Clock, make_run

import dynscaling_nb as dn
from dynscaling_nb.engine.books import marks
from dynscaling_nb.events import Drawn


def by_seed(request: dn.Request) -> str:
    return f"step\nThe answer is {request.seeds[0] % 3 if request.query.id == '2' else 7}."


@pytest.mark.parametrize(
    ("changes", "counted"),
    [
        ({}, []),
        ({"answer": None}, ["unread"]),
        ({"finish": "length"}, ["truncated"]),
        ({"finish": "content_filter", "answer": None}, ["unread", "refused"]),
        ({"reused": True}, ["reused"]),
    ],
)
def test_a_response_counts_by_what_happened_to_it(changes, counted):
    values = {"text": "7", "answer": "7", "messages": (), **changes}
    assert marks(dn.Response("1", 0, "parallel", **values)) == counted


class TestResuming:
    def test_responses_of_the_past_are_charged_to_the_limit(self, tmp_path):
        path = tmp_path / "runs.sqlite"
        first = dn.run(["q?"], budget=10, model=dn.ScriptedModel(by_seed), store=path, seed=1)
        assert first.usage.prompt_tokens + first.usage.completion_tokens == 20  # two a response
        model = dn.ScriptedModel(by_seed)
        options = {"budget": 50, "store": path, "seed": 1, "resume": True}
        second = dn.run(["q?"], model=model, token_limit=40, **options)
        assert (second.resumed, len(second.responses), len(model.requests)) == (10, 20, 10)
        assert second.usage.prompt_tokens + second.usage.completion_tokens == 40
        assert second.stopped == "budget"

    def test_answers_and_vote_weights_are_read_again(self, tmp_path):
        path = tmp_path / "runs.sqlite"
        dn.run(["q?"], budget=4, model=dn.ScriptedModel(by_seed), store=path, extract=str.upper)
        again = dn.run(
            ["q?"],
            budget=4,
            model=dn.ScriptedModel(by_seed),
            store=path,
            resume=True,
            vote_weight=lambda completion: 2.5,
        )
        assert [r.weight for r in again.responses] == [2.5] * 4
        assert [r.answer for r in again.responses] == ["7"] * 4

    async def test_time_goes_on_from_the_latest_response_of_the_past(self):
        past = [dn.Response("1", i, "parallel", "7", "7", (), at=at) for i, at in [(1, 9), (0, 4)]]
        run = make_run(dn.ScriptedModel(by_seed), ["q?"], budget=3, history=past, clock=Clock())
        await run.complete()
        assert (run.resumed, run.time, [r.at for r in run.responses]) == (2, 9, [9, 4, 9])

    def test_observers_are_told_which_responses_an_earlier_process_drew(self, tmp_path):
        path, events = tmp_path / "runs.sqlite", []
        options = {"store": path, "seed": 1, "resume": True}
        dn.run(["q?"], budget=4, model=dn.ScriptedModel(by_seed), **options)
        model = dn.ScriptedModel(by_seed)
        dn.run(["q?"], budget=6, model=model, observers=[events.append], **options)
        assert [e.resumed for e in events if isinstance(e, Drawn)] == [True] * 4 + [False] * 2
