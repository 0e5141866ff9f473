"""The network: a batch gives what single rows give, and the cache what whole sequences give."""

from pathlib import Path

import numpy as np

from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.models.abacus import language
from dynscaling_nb.models.abacus.model import WEIGHTS, load, prompt
from dynscaling_nb.models.abacus.network import KeyValueCache
from dynscaling_nb.models.abacus.questions import held_out
from dynscaling_nb.records import Query


def test_a_row_does_not_depend_on_what_stands_beside_it():
    prompts = [prompt(Template().parallel(Query("q", q["text"]))) for q in held_out()[::20]]
    together = load().sample(prompts, list(range(10)), 1.0)
    alone = [load().sample([p], [seed], 1.0)[0] for seed, p in enumerate(prompts)]
    assert together == alone


def test_the_cache_gives_what_the_whole_sequence_gives():
    network = load()
    question = language.encode((2, "+", 3, "*", 4))
    read = network.prompt(question, [[language.STEP, *language.encode((2, "+", 12))]])
    tokens, places, tries = (np.array([row]) for row in (read.tokens, read.places, read.tries))
    whole = network.forward(
        tokens, places, tries, KeyValueCache(network, 1, 40, first=np.array([0]))
    )
    cache = KeyValueCache(network, 1, 40, first=np.array([0]))
    for i in range(tokens.shape[1]):
        stepwise = network.forward(
            tokens[:, i : i + 1], places[:, i : i + 1], tries[:, i : i + 1], cache
        )
    assert np.allclose(whole, stepwise, atol=1e-4)


def test_the_weights_are_small_and_hold_nothing_that_runs():
    assert WEIGHTS.stat().st_size <= 3_000_000
    with np.load(Path(WEIGHTS), allow_pickle=False) as arrays:
        assert sum(a.size for a in arrays.values()) > 500_000
