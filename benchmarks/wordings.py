"""The wordings and the questions that `benchmarks/prompts.py` measures."""

from dynscaling_nb import Template

EXAMPLES = (
    (
        "What is the capital of Norway?",
        "Norway is a country in the north of Europe.\n"
        "Its largest city and seat of government is Oslo.\n"
        "The answer is Oslo.",
    ),
    (
        "What is 48 + 27?",
        "The tens give 40 + 20 = 60, and the units give 8 + 7 = 15.\n"
        "60 + 15 = 75.\n"
        "The answer is 75.",
    ),
)
SHOWN = "\n\n".join(f"Question: {question}\n{response}" for question, response in EXAMPLES)
FIRST = (
    "Work the question out step by step. Then finish with one line of the form: "
    "The answer is X. Write nothing after that line."
)
LINE = "Then finish with a line that begins with the words: The answer is"
STEPS = f"Work the question out step by step. {LINE}"

# How an independent response is asked for.
OPENINGS = {
    "first": Template(system=FIRST),
    "no placeholder": Template(system=STEPS),
    "short": Template(system="Think step by step. End with a line that begins: The answer is"),
    "without system": Template(system="", question=f"{{question}}\n\n{STEPS}"),
    "without system but examples": Template(
        system="", question=f"{{question}}\n\n{STEPS}", examples=EXAMPLES
    ),
    "bare question": Template(system=""),
    "examples": Template(system=STEPS, examples=EXAMPLES),
    "examples in the question": Template(
        system=STEPS, question=f"{SHOWN}\n\nQuestion: {{question}}"
    ),
    "examples alone": Template(system="", examples=EXAMPLES),
}

WAIT = "Wait. Let me work it out once more from the beginning and compare."
WEIGH = "Where the attempts above disagree, find out which step is right."
# How a chained response is asked for: the parts that differ from the opening.
CHAINS = {
    "first": {
        "connector": WAIT,
        "think_on": f"Think on from there. {WEIGH} "
        "Then finish with one line of the form: The answer is X.",
    },
    "no placeholder": {"connector": WAIT, "think_on": f"Think on from there. {WEIGH} {LINE}"},
    "question after": {
        "connector": WAIT,
        "think_on": f"Think on from there. {WEIGH} {LINE}\n\nThe question again: {{question}}",
    },
    "short and question": {
        "connector": "Let me try again.",
        "think_on": "Some of this may be wrong. {question}",
    },
    "question alone": {"connector": "* * *", "think_on": "{question}"},
    "question as before": {
        "connector": "* * *",
        "think_on": f"Some of this may be wrong. {{question}}\n\n{STEPS}",
    },
    "continued": {
        "connector": WAIT,
        "think_on": "",
        "chain": "{chain}\n\nNow I compare these attempts and work it out once more.\n\n",
    },
    "continued after question": {
        "connector": "* * *",
        "think_on": "",
        "chain": "{chain}\n\nOnce more, {question}\n\n",
    },
    "attempts before question": {
        "connector": "* * *",
        "chain": "",
        "think_on": "Earlier attempts, some of them wrong:\n\n{chain}\n\n"
        "Work it out yourself: {question}",
    },
}

CAPITALS = {
    "France": "Paris",
    "Germany": "Berlin",
    "Italy": "Rome",
    "Spain": "Madrid",
    "Portugal": "Lisbon",
    "Greece": "Athens",
    "Austria": "Vienna",
    "Poland": "Warsaw",
    "Hungary": "Budapest",
    "Sweden": "Stockholm",
    "Finland": "Helsinki",
    "Denmark": "Copenhagen",
    "Ireland": "Dublin",
    "Russia": "Moscow",
    "Turkey": "Ankara",
    "Egypt": "Cairo",
    "Kenya": "Nairobi",
    "Japan": "Tokyo",
    "China": "Beijing",
    "India": "New Delhi",
    "Thailand": "Bangkok",
    "Iran": "Tehran",
    "Iraq": "Baghdad",
    "Cuba": "Havana",
    "Peru": "Lima",
    "Chile": "Santiago",
    "Argentina": "Buenos Aires",
    "Canada": "Ottawa",
    "Australia": "Canberra",
    "the Czech Republic": "Prague",
}
SUMS = (
    *((7, 8), (9, 6), (12, 7), (15, 9), (23, 14), (31, 26), (18, 25), (36, 17), (42, 39), (27, 45)),
    *((53, 28), (64, 19), (71, 16), (38, 47), (55, 36), (29, 62), (46, 46), (67, 24), (13, 78)),
    *((82, 9), (34, 34), (59, 33), (75, 22), (88, 11), (41, 57), (90, 35), (66, 48), (73, 59)),
    *((120, 45), (250, 75)),
)
QUESTIONS = {
    "capitals": [
        {"text": f"What is the capital of {country}?", "gold": capital}
        for country, capital in CAPITALS.items()
    ],
    "sums": [{"text": f"What is {a} + {b}?", "gold": str(a + b)} for a, b in SUMS],
}
