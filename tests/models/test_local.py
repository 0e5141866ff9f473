"""A model in a GGUF file: llama.cpp inside this process, and a real small language model."""

import pytest
import small

import dynscaling_nb as dn
from dynscaling_nb import cli
from dynscaling_nb.chains.prompt import thoughts
from dynscaling_nb.records import Query, Request

EXAMPLE = ("What is the capital of Norway?", "It lies on a fjord.\nThe answer is Oslo.")
COUNTRIES = {
    "France": "Paris",
    "Germany": "Berlin",
    "Italy": "Rome",
    "Spain": "Madrid",
    "Portugal": "Lisbon",
    "Greece": "Athens",
    "Austria": "Vienna",
    "Poland": "Warsaw",
    "Sweden": "Stockholm",
    "Japan": "Tokyo",
}


@pytest.fixture(scope="module")
def smollm2():
    return small.smollm2()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.gguf", None, "there is no file .*none.gguf: give the path of a GGUF file"),
        ("note.gguf", b"Dear all", "note.gguf is no GGUF file: it does not begin with GGUF"),
    ],
)
def test_a_file_that_is_no_model_is_refused_at_once(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(dn.InputError, match=words):
        dn.LocalModel(str(tmp_path / name))
    with pytest.raises(dn.InputError, match=words):
        dn.run(["q?"], budget=1, model=f"gguf:{tmp_path / name}")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"slots": 0}, "slots must be a positive whole number, got 0"),
        ({"context": -1}, "context must be a positive whole number, got -1"),
        ({"threads": 0}, "threads must be a positive whole number, got 0"),
        ({"api_key": "sk-1"}, "give no base URL and no key"),
        ({"base_url": "http://127.0.0.1:1/v1"}, "give no base URL and no key"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(tmp_path, settings, words):
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    with pytest.raises(dn.InputError, match=words):
        dn.LocalModel(str(tmp_path / "m.gguf"), **settings)


def test_a_base_url_beside_a_file_is_refused(tmp_path):
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    with pytest.raises(dn.InputError, match="has its own server: leave base_url out"):
        dn.run(["q?"], budget=1, model=f"gguf:{tmp_path}/m.gguf", base_url="http://127.0.0.1:1")


def test_the_model_is_known_by_the_content_of_its_file(tmp_path):
    for name, content in {"a.gguf": b"GGUF 1", "b.gguf": b"GGUF 2"}.items():
        (tmp_path / name).write_bytes(content)
        (tmp_path / "moved").mkdir(exist_ok=True)
        (tmp_path / "moved" / name).write_bytes(content)
    one, moved, other = (
        dn.LocalModel(str(tmp_path / path)) for path in ("a.gguf", "moved/a.gguf", "b.gguf")
    )
    assert one.identity == moved.identity
    assert one.identity["gguf"] != other.identity["gguf"]
    assert (one.name, one.is_paid) == ("a.gguf", True)


def test_half_a_file_is_told_in_one_line(tmp_path):
    half = tmp_path / "half.gguf"
    half.write_bytes(small.smollm2().read_bytes()[:1_000_000])
    with pytest.raises(
        dn.ModelUnavailable, match=r"llama.cpp cannot read .*half.gguf: is the file"
    ):
        dn.run(["q?"], budget=1, model=dn.LocalModel(str(half)), store=False)


def test_twenty_questions_to_a_real_small_model(smollm2, tmp_path):
    """It ends, its responses are read, chains are drawn, and the store goes on where it ended."""
    questions = [
        *({"text": f"What is the capital of {c}?", "gold": gold} for c, gold in COUNTRIES.items()),
        *({"text": f"What is {n} + {2 * n}?", "gold": str(3 * n)} for n in range(2, 12)),
    ]
    options = {
        "model": dn.LocalModel(str(smollm2), max_tokens=24, seed=1),
        "template": dn.Template(examples=[EXAMPLE]),
        "parallel": 1,
        "depth": 1,
        "chained_share": 1,
        "policy": "uniform",
        "seed": 1,
        "store": tmp_path / "runs.sqlite",
    }
    first = dn.run(questions, budget=40, **options)
    assert (first.spent, first.error, first.failures) == (40, None, 0)
    assert sum(response.answer is not None for response in first.responses) > 0.5 * 40
    assert sum(first.correct[:10]) > 2  # a model that guesses names no capital
    chained = [response for response in first.responses if response.kind == "chained"]
    assert chained
    for response in chained:
        sources = [first.responses_to(response.query_id)[index] for index in response.sources]
        assert all(thoughts(source) for source in sources)
        assert all(thoughts(source) in response.messages[-2]["content"] for source in sources)

    again = dn.run(questions, budget=42, resume=True, **options)
    assert (again.spent, again.resumed) == (42, 40)
    assert [r.text for r in again.responses[:40]] == [r.text for r in first.responses]


async def test_a_chain_without_words_to_think_on_is_continued_by_the_model(smollm2):
    """The response goes on where the chain ends; it does not repeat it."""
    opening = "The colours of the French flag are blue, white and"
    template = dn.Template(chain="{chain}\n\n" + opening, think_on="")
    query = Query("f", "Which colours does the French flag have?")
    earlier = dn.Response("f", 0, "parallel", "", None, (), thoughts="The flag is a tricolour.")
    async with dn.LocalModel(str(smollm2), max_tokens=4, temperature=0).open() as sampler:
        request = Request(query, template.chained(query, [earlier]))
        (completion,) = await sampler.generate(request)
    assert completion.text.startswith("red")


def test_the_shell_answers_from_a_file(smollm2, tmp_path, capsys):
    source, out = tmp_path / "q.jsonl", tmp_path / "a.jsonl"
    source.write_text('{"id": "f", "text": "What is the capital of France?"}\n')
    command = ["run", str(source), "--budget", "2", "--max-tokens", "24", "--store", "none"]
    assert cli.main([*command, "-m", f"gguf:{smollm2}", "--out", str(out)]) == 0
    assert '"id": "f"' in out.read_text()
