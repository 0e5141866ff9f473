"""Questions: they read back, and their gold answers are right."""

from hypothesis import given, settings, strategies as st

from dynscaling_nb.models.abacus import language
from dynscaling_nb.models.abacus.questions import ask, draw, held_out, sample


@settings(deadline=None)  # a busy machine may take its time
@given(st.integers(1, 5), st.randoms(use_true_random=False))
def test_every_question_reads_back_and_its_gold_is_what_python_says(operations, rng):
    expression = draw(rng, operations)
    assert language.read(language.write(expression)) == expression
    assert language.decode(language.encode(expression)) == expression
    assert language.solve(expression)[-1] == (eval(language.write(expression)),)
    assert language.operations(expression) == operations
    assert ask(expression).startswith("What is ")


def test_the_held_out_questions_are_forty_for_each_number_of_operations():
    questions = held_out()
    counts = [language.operations(language.read(q["text"][8:-1])) for q in questions]
    assert [counts.count(n) for n in range(1, 6)] == [40] * 5
    assert len({q["text"] for q in questions}) == 200
    assert all(
        q["gold"] == str(language.solve(language.read(q["text"][8:-1]))[-1][0]) for q in questions
    )


def test_a_sample_holds_different_questions_of_each_kind_in_turn():
    questions = sample(20, seed=1, operations=(1, 3))
    expressions = [language.read(question["text"][8:-1]) for question in questions]
    assert [language.operations(expression) for expression in expressions] == [1, 3] * 10
    assert len({question["text"] for question in questions}) == 20
    assert sample(20, seed=1, operations=(1, 3)) == questions
    assert sample(20, seed=2, operations=(1, 3)) != questions
