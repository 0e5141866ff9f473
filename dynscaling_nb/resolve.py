"""From the names in options to objects: a function for each thing that a run is made of."""

from collections.abc import Sequence

from dynscaling_nb.answers.equivalence import Equivalence, equivalence_by
from dynscaling_nb.answers.extract import extractor
from dynscaling_nb.answers.judge import Judge
from dynscaling_nb.answers.weights import vote_weight_by
from dynscaling_nb.bandit.policies import Policy, policy
from dynscaling_nb.bandit.stopping import stop_rule
from dynscaling_nb.chains.plan import Plan, make_plan
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.declaration import declarations
from dynscaling_nb.engine.estimate import Estimate, estimate
from dynscaling_nb.engine.history import open_store
from dynscaling_nb.engine.limits import SpendLimits
from dynscaling_nb.errors import InputError
from dynscaling_nb.models.abacus import AbacusModel
from dynscaling_nb.models.base import Model
from dynscaling_nb.models.local import PREFIX, LocalModel
from dynscaling_nb.models.openai.headers import read_headers
from dynscaling_nb.models.openai.model import OpenAIModel
from dynscaling_nb.models.openai.secrets import Secret
from dynscaling_nb.options import RunOptions
from dynscaling_nb.records import Query
from dynscaling_nb.storage.sqlite import Store


def model_of(options: RunOptions, api_key: Secret | None = None) -> Model:
    """The model of these options.

    None and `abacus` mean the embedded model; `gguf:PATH` is a file on this computer; another name
    is a model on a server; an object is itself. Raises `InputError` for an option of a server's
    model beside another kind of model.
    """
    model = options.model
    if isinstance(model, str) and model.startswith(PREFIX):
        return _local_model(model.removeprefix(PREFIX), options)
    if model is None and options.base_url is not None:
        raise InputError(
            f"name the model to use at {options.base_url}: model=NAME, or -m NAME", options.base_url
        )
    if isinstance(model, str) and not (model == AbacusModel.name and options.base_url is None):
        return OpenAIModel(
            model,
            options.base_url,
            api_key=api_key,
            temperature=options.temperature,
            max_tokens=options.max_tokens,
            timeout=options.timeout,
            seed=options.seed,
            logprobs=options.vote_weight == "logprob",
            stream=options.cancel_settled,
            reasoning_effort=options.reasoning_effort,
            headers=read_headers(options.headers or ""),
        )
    if model is None or isinstance(model, str):
        _refuse_served(options, allowed=("temperature", "timeout"))
        return (
            AbacusModel()
            if options.temperature is None
            else AbacusModel(temperature=options.temperature)
        )
    _refuse_served(options, allowed=("timeout",))
    if options.vote_weight == "logprob" and isinstance(model, OpenAIModel) and not model.logprobs:
        raise InputError(
            f"weighing by log-probabilities needs OpenAIModel({model.name!r}, logprobs=True, ...)",
            model.name,
        )
    return model


def _local_model(path: str, options: RunOptions) -> LocalModel:
    """The model in this GGUF file; options that are not set have the defaults of `LocalModel`."""
    if options.base_url is not None:
        raise InputError(f"{path} has its own server: leave base_url out", options.base_url)
    changed = ("temperature", "max_tokens", "timeout", "reasoning_effort")
    return LocalModel(
        path,
        **{name: options.changed[name] for name in changed if name in options.changed},
        seed=options.seed,
        logprobs=options.vote_weight == "logprob",
        stream=options.cancel_settled,
    )


def _refuse_served(options: RunOptions, allowed: Sequence[str]) -> None:
    """Raise `InputError` for an option that belongs to a model on a server."""
    for name, value in options.changed.items():
        if declarations(RunOptions)[name].about.served and name not in allowed:
            raise InputError(
                f"{name} is for a model chosen by name; give a model object its own {name}", value
            )


def policy_of(options: RunOptions) -> Policy:
    """The policy with its constant.

    Raises `UnknownName`, and `InputError` for a constant that the policy does not have.
    """
    return policy(options.policy, **({} if options.c is None else {"c": options.c}))


def plan_of(options: RunOptions) -> Plan:
    """Which kind each response is, and what a chain is built from. Raises `InputError`."""
    return make_plan(
        options.parallel, options.depth, options.chained_share, options.sources, options.depths
    )


def template_of(options: RunOptions) -> Template:
    """The words of the prompts."""
    return options.template or Template()


def equivalence_of(options: RunOptions) -> Equivalence | Judge:
    """Which answers are one vote: by the option, else by the way answers are read."""
    if isinstance(options.equivalence, Judge):
        return options.equivalence
    return equivalence_by(
        options.equivalence or ("latex" if options.extract == "latex" else "auto")
    )


def store_of(options: RunOptions, model: Model) -> Store | None:
    """The store of these options, or None.

    By default a paid model has the store in the user's cache folder, and another has no store.
    """
    store = model.is_paid if options.store is None else options.store
    return None if store is False else open_store(store)


def limits_of(options: RunOptions) -> SpendLimits:
    """The limits in tokens and money. Raises `InputError` for a cost limit without prices."""
    return SpendLimits(options.token_limit, options.cost_limit, options.prices)


def estimate_of(queries: Sequence[Query], options: RunOptions, model: Model) -> Estimate:
    """The tokens and the cost that a run may take."""
    return estimate(
        queries,
        options.budget,
        plan_of(options),
        template_of(options),
        max_tokens=model.max_tokens,
        prices=options.prices,
        token_limit=options.token_limit,
        cost_limit=options.cost_limit,
    )


def check_options(options: RunOptions) -> None:
    """Raise `InputError` for options that are invalid whatever the queries are."""
    policy_of(options)
    stop_rule(options.stop)
    plan_of(options)
    limits_of(options)
    extractor(options.extract)
    vote_weight_by(options.vote_weight)
    equivalence_of(options)
