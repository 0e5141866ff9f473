"""From the names in options to objects."""

import pytest

import dynscaling_nb as dn
from dynscaling_nb.errors import InputError
from dynscaling_nb.models.abacus import AbacusModel
from dynscaling_nb.options import RunOptions
from dynscaling_nb.resolve import equivalence_of, model_of, plan_of, policy_of, store_of
from dynscaling_nb.storage.sqlite import default_path


def options(**values):
    return RunOptions.of(**{"budget": 8, **values})


def test_options_are_given_by_name_alone():
    with pytest.raises(TypeError, match="positional"):
        RunOptions(8)


def test_the_embedded_model_is_the_default_and_has_a_name():
    assert isinstance(model_of(options()), AbacusModel)
    assert isinstance(model_of(options(model="abacus", temperature=0.5)), AbacusModel)
    assert model_of(options(temperature=0.5)).temperature == 0.5


def test_a_name_is_a_model_on_a_server_with_the_options_that_belong_to_it():
    model = model_of(
        options(
            model="tiny",
            base_url="http://127.0.0.1:1/v1",
            temperature=0.5,
            max_tokens=9,
            timeout=7,
            seed=3,
            vote_weight="logprob",
            cancel_settled=True,
        ),
        "sk-x",
    )
    assert isinstance(model, dn.OpenAIModel)
    assert (model.model, model.base_url) == ("tiny", "http://127.0.0.1:1/v1")
    assert (model.temperature, model.max_tokens, model.timeout, model.seed) == (0.5, 9, 7, 3)
    assert (model.logprobs, model.stream, model.api_key) == (True, True, "sk-x")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"base_url": "http://127.0.0.1:1"}, "name the model to use at http://127.0.0.1:1"),
        ({"max_tokens": 9}, "max_tokens is for a model chosen by name"),
        ({"model": dn.ScriptedModel({}), "temperature": 1.0}, "temperature is for a model"),
        ({"model": dn.ScriptedModel({}), "base_url": "http://x"}, "base_url is for a model"),
        (
            {"model": dn.OpenAIModel("tiny", "http://127.0.0.1"), "vote_weight": "logprob"},
            "logprobs=True",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(values, says):
    with pytest.raises(InputError, match=says):
        model_of(options(**values))


def test_a_store_of_none_is_the_default_of_the_model_true_the_default_file_and_false_nowhere(
    tmp_path,
):
    free, paid = AbacusModel(), dn.OpenAIModel("tiny", "http://127.0.0.1:1/v1")
    assert store_of(options(), free) is None
    assert store_of(options(), paid).path == default_path()
    assert store_of(options(store=True), free).path == default_path()
    assert store_of(options(store=False), paid) is None
    assert store_of(options(store=tmp_path / "a"), free).path == tmp_path / "a"
    store = dn.Store(tmp_path / "b")
    assert store_of(options(store=store), free) is store


def test_a_policy_takes_its_constant_and_a_plan_its_depths():
    assert policy_of(options(policy="ucb", c=2.0)).c == 2.0
    assert isinstance(plan_of(options(depths=(0, 2))), dn.AdaptiveDepth)


def test_latex_answers_are_compared_by_value_unless_another_equivalence_is_named():
    assert equivalence_of(options(extract="latex")).__name__ == "latex"
    assert equivalence_of(options(extract="latex", equivalence="exact")).__name__ == "exact"
    assert equivalence_of(options()).__name__ == "auto"
