"""A run of six responses to three questions, written by hand, and one of three hundred questions.

The flip probability of `a` leader votes and `b` runner-up votes is that of a Beta(1 + a, 1 + b)
share below one half: 1/4 for (1, 0), 1/8 for (2, 0), 5/16 for (2, 1), 1/2 for (0, 0).
"""

import pytest

import dynscaling_nb as dn
from dynscaling_nb.records import Response, Usage

HOSTILE = "<script>alert('x')</script> $a$ \x1b[31m\u202e"
QUESTIONS = (
    dn.Query("a", HOSTILE, gold="1"),
    dn.Query("b", "two?", gold="8"),
    dn.Query("c", "three?"),
)


def response(query_id, index, answer, *, at, time=1.0, sources=()):
    return Response(
        query_id=query_id,
        index=index,
        kind="chained" if sources else "parallel",
        text=f"The answer is {answer}.",
        answer=answer,
        messages=(),
        sources=sources,
        time=time,
        at=at,
    )


RESPONSES = (
    response("a", 0, "1", at=1.0),
    response("b", 0, "2", at=2.0, time=1.5),
    response("c", 0, None, at=3.0),
    response("a", 1, "1", at=4.0, sources=(0,)),
    response("a", 2, "2", at=5.0),
    response("c", 1, None, at=6.0),
)


@pytest.fixture
def result():
    return dn.Result(
        queries=QUESTIONS,
        answers=["1", "2", None],
        confidence=[0.6875, 0.75, 0.0],
        pulls=[3, 1, 2],
        golds=["1", "8", None],
        correct=[True, False, None],
        states=["settled", "open", "failed"],
        independent_pulls=[2, 1, 2],
        unread=[0, 0, 2],
        readings=["numbers"] * 3,
        responses=RESPONSES,
        usage=Usage(),
        stopped="budget",
        budget=6,
        model="by hand",
        policy="flip",
        seed=1,
        time=6.0,
    )


@pytest.fixture(scope="package")
def many():
    """A result of 300 questions."""
    model = dn.ScriptedModel(lambda request: f"The answer is {request.seeds[0] % 3}.")
    return dn.run([f"question {i}?" for i in range(300)], budget=600, model=model, seed=1)


@pytest.fixture
def svg():
    """Draws a chart, and gives the picture as text."""
    import vl_convert

    from dynscaling_nb.notebook.charts._render import version

    def draw(chart):
        spec = chart.to_dict()
        return vl_convert.vegalite_to_svg(spec, vl_version=version(spec))

    return draw
