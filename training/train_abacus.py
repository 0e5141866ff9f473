"""Train the embedded model from nothing and write its weights.

    make train

A training sequence is a question and up to five attempts at it. Attempts hold slips, which later
lines carry on consistently. At first the slips are made up; later many attempts are samples of the
network itself. Every token is a target: the right token *after those written so far*. So attempt j
teaches the network to answer after j - 1 earlier attempts. In a second round some attempts agree on
an odd line that the network cannot compute, and must read from them.
"""

import argparse
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynscaling_nb.models.abacus import language as lang
from dynscaling_nb.models.abacus.network import ATTEMPTS, Network, rotations
from dynscaling_nb.models.abacus.questions import ask, draw, held_out

IGNORE = -100
LEVELS, LEVEL_WEIGHTS = (1, 2, 3, 4, 5), (5, 12, 25, 28, 30)
TRIES, TRY_WEIGHTS = (1, 3, 5), (10, 20, 70)


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.RMSNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.norm2 = nn.RMSNorm(width)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        b, t, c = x.shape
        q, k, v = (
            self.qkv(self.norm1(x))
            .view(b, t, 3, self.heads, c // self.heads)
            .permute(2, 0, 3, 1, 4)
        )
        q, k, v = rotate(q.float(), cos, sin), rotate(k.float(), cos, sin), v.float()
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # (B, H, T, D)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, c))
        return x + self.down(F.relu(self.up(self.norm2(x))).square())


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    a, b = x.chunk(2, dim=-1)  # (B, H, T, D / 2)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1)


class Transformer(nn.Module):
    """Decoder with rotary positions of two dimensions: place in the attempt, its number."""

    def __init__(self, width: int, layers: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.half = width // heads // 2
        self.embedding = nn.Embedding(lang.VOCABULARY, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.RMSNorm(width)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                nn.init.normal_(
                    p,
                    std=0.02 / math.sqrt(2 * layers)
                    if name.endswith(("out.weight", "down.weight"))
                    else 0.02,
                )

    def forward(self, tokens: Tensor, places: np.ndarray, tries: np.ndarray) -> Tensor:
        cos, sin = (
            torch.from_numpy(r)[:, None] for r in rotations(places, tries, self.half)
        )  # (B, 1, T, D / 2)
        x = F.rms_norm(self.embedding(tokens), (self.embedding.embedding_dim,))
        for block in self.blocks:
            x = block(x, cos, sin)
        return F.linear(self.norm(x), self.embedding.weight)

    def weights(self) -> dict[str, np.ndarray]:
        """The arrays of the NumPy network in half precision, matrices as (in, out)."""
        arrays = {"embedding": self.embedding.weight, "norm": self.norm.weight}
        for i, block in enumerate(self.blocks):
            for name, p in block.named_parameters():
                arrays[f"{i}.{name.removesuffix('.weight')}"] = p.T if p.dim() == 2 else p
        halves = {k: v.detach().float().numpy().astype(np.float16) for k, v in arrays.items()}
        return {**halves, "heads": np.array(self.heads)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """The inverse of `weights`."""
        parts = {"embedding": self.embedding.weight, "norm": self.norm.weight}
        for i, block in enumerate(self.blocks):
            parts |= {
                f"{i}.{name.removesuffix('.weight')}": p for name, p in block.named_parameters()
            }
        for name, p in parts.items():
            value = torch.from_numpy(arrays[name].astype(np.float32))
            p.data.copy_(value.T if p.dim() == 2 and name != "embedding" else value)


@dataclass
class Attempt:
    """Tokens after the first STEP, and the right token at each place (or IGNORE)."""

    tokens: list[int]
    targets: list[int]


Habit = dict[lang.Expression, lang.Expression]


def mark(
    question: lang.Expression, tokens: list[int], *, tail: bool, habit: Habit, seen: int
) -> Attempt:
    """The right token for every place of an attempt, after what the attempt itself wrote before.

    A habit is a line that most attempts write in place of the right one. It is a target once two
    attempts are seen.
    """
    targets: list[int] = []
    previous: lang.Expression | None = question
    for line in split(tokens):
        usual = habit.get(previous) if previous is not None else None
        right = usual or (lang.reduce(previous) if previous is not None else None)
        expected = lang.encode(right) if right is not None else []
        if len(expected) != len(line):
            previous = None
        else:
            targets += [IGNORE] * len(expected) if usual and seen < 2 else expected
            previous = lang.decode(line)
        if previous is None:
            break
        targets.append(lang.STEP if len(previous) > 1 else (lang.ANSWER if tail else IGNORE))
    targets = targets[: len(tokens)]
    return Attempt(tokens, targets + [IGNORE] * (len(tokens) - len(targets)))


def split(tokens: list[int]) -> list[list[int]]:
    lines: list[list[int]] = [[]]
    for token in tokens:
        if token == lang.STEP:
            lines.append([])
        else:
            lines[-1].append(token)
    return lines


def join(steps: list[lang.Expression]) -> list[int]:
    tokens: list[int] = []
    for step in steps:
        tokens += [lang.STEP, *lang.encode(step)]
    return tokens[1:]


def slip(rng: Random, value: int) -> int:
    kind = rng.random()
    if kind < 0.25:
        wrong = value + rng.choice((-1, 1))
    elif kind < 0.45:
        wrong = value + rng.choice((-10, 10))
    elif kind < 0.55:
        wrong = -value
    else:
        place = rng.choice((1, 10, 10, 100))
        digit = abs(value) // place % 10
        wrong = (abs(value) + (rng.randrange(10) - digit) * place) * (-1 if value < 0 else 1)
    return max(-lang.LIMIT, min(lang.LIMIT, wrong))


def flawed_line(rng: Random, before: lang.Expression, after: lang.Expression) -> lang.Expression:
    """`after` with one number wrong: mostly the result of the operation, else a copied one."""
    numbers = [i for i, item in enumerate(after) if isinstance(item, int)]
    fresh = min(numbers, key=lambda i: abs(i - (lang.pending(before) - 1)))
    where = fresh if rng.random() < 0.85 else rng.choice(numbers)
    return (*after[:where], slip(rng, after[where]), *after[where + 1 :])


def flawed(
    rng: Random, question: lang.Expression, rate: float, habit: Habit | None = None
) -> list[int]:
    """A working whose lines hold a slip with probability `rate`; later lines carry it on."""
    for _ in range(4):
        steps: list[lang.Expression] = []
        current: lang.Expression | None = question
        while current is not None and len(current) > 1:
            following = (habit or {}).get(current) or lang.reduce(current)
            if following is not None and rng.random() < rate:
                following = flawed_line(rng, current, following)
            if following is not None:
                steps.append(following)
            current = following
        if current is not None:
            return join(steps)
    return join(lang.solve(question) or [])


def agreeing(rng: Random, question: lang.Expression, count: int) -> tuple[list[list[int]], Habit]:
    """Attempts that mostly write the same odd line, and that habit.

    They teach the network to look across attempts, because it cannot compute the line itself.
    """
    steps = lang.solve(question) or []
    lines = [question, *steps]
    at = rng.randrange(len(steps))
    odd = flawed_line(rng, lines[at], lines[at + 1])
    rest = lang.solve(odd)
    if odd == lines[at + 1] or rest is None:
        return [flawed(rng, question, 0.2) for _ in range(count)], {}
    habit = {lines[at]: odd}
    rate = rng.random() * 0.35
    return [flawed(rng, question, rate, habit) for _ in range(count)], habit


def sequence(rng: Random, question: lang.Expression, earlier: list[list[int]], habit: Habit):
    """Tokens, targets, places and attempt numbers of one training sequence."""
    tokens = lang.encode(question)
    start = len(tokens)
    targets = [IGNORE] * start
    places, tries = list(range(start)), [0] * start
    numbers = sorted(rng.sample(range(1, ATTEMPTS + 1), len(earlier) + 1))
    final = flawed(rng, question, 0.0, habit)
    right = [lang.decode(line) for line in split(final)]
    final_attempt = mark(question, final, tail=True, habit=habit, seen=len(earlier))
    tail = lang.encode(right[-1])
    final_attempt.tokens += [lang.ANSWER, *tail, lang.END]
    final_attempt.targets += [lang.ANSWER, *tail, lang.END]
    marked = [mark(question, a, tail=False, habit=habit, seen=i) for i, a in enumerate(earlier)]
    for number, attempt in zip(numbers, [*marked, final_attempt], strict=True):
        tokens += [lang.STEP, *attempt.tokens]
        targets += [*attempt.targets, IGNORE][: len(attempt.tokens) + 1]
        targets += [IGNORE] * (len(tokens) - len(targets))
        places += range(start, start + 1 + len(attempt.tokens))
        tries += [number] * (1 + len(attempt.tokens))
    return tokens, targets, places, tries


def pad(rows: list[list[int]], value: int) -> np.ndarray:
    out = np.full((len(rows), max(map(len, rows))), value)
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return out


class Data:
    """Random batches without questions of the held-out set."""

    def __init__(self, seed: int, tokens: int) -> None:
        self.rng = Random(seed)
        self.tokens = tokens
        self.forbidden = {q["text"] for q in held_out()}
        self.fresh: dict[int, list[tuple[lang.Expression, list[list[int]]]]] = {
            n: [] for n in LEVELS
        }

    def question(self, level: int) -> lang.Expression:
        while True:
            question = draw(self.rng, level)
            if ask(question) not in self.forbidden:
                return question

    def batch(self, own: float, agreed: float):
        rng = self.rng
        level = rng.choices(LEVELS, LEVEL_WEIGHTS)[0]
        count = rng.choices(TRIES, TRY_WEIGHTS)[0] - 1
        length = 5 * level + 1 + (count + 1) * (2 * level * (level + 1) + 2)
        rows = []
        for _ in range(max(8, self.tokens // length)):
            habit: Habit = {}
            kind = rng.random()
            if kind < own and self.fresh[level]:
                question, samples = rng.choice(self.fresh[level])
                earlier = rng.sample(samples, min(count, len(samples)))
            elif kind < own + agreed and count > 1:
                question = self.question(level)
                earlier, habit = agreeing(rng, question, count)
            else:
                question = self.question(level)
                rate = rng.random() * 0.6
                earlier = [flawed(rng, question, rate) for _ in range(count)]
            rows.append(sequence(rng, question, earlier, habit))
        tokens, targets, places, tries = zip(*rows, strict=True)
        return pad(tokens, lang.PAD), pad(targets, IGNORE), pad(places, 0), pad(tries, 0)

    def refresh(
        self, network: Network, questions: int, samples: int, seed: int, heat: float
    ) -> None:
        """Sample attempts of this network, as contexts for later batches."""
        rng = np.random.default_rng(seed)
        for level in LEVELS:
            fresh = [self.question(level) for _ in range(questions)]
            prompts = [network.prompt(lang.encode(q)) for q in fresh for _ in range(samples)]
            attempts = network.sample(
                prompts, rng.integers(2**31, size=len(prompts)).tolist(), temperature=heat
            )
            self.fresh[level] = []
            for i, question in enumerate(fresh):
                workings = [without_tail(t) for t in attempts[i * samples : (i + 1) * samples]]
                if (
                    level == 1 or len({tuple(w) for w in workings}) > 1
                ):  # where all agree there is little to learn
                    self.fresh[level].append((question, [w for w in workings if w]))


def without_tail(tokens: list[int]) -> list[int]:
    return tokens[: tokens.index(lang.ANSWER)] if lang.ANSWER in tokens else tokens


def measure(
    network: Network, samples: int, seed: int = 7, temperature: float = 1.3
) -> dict[str, list[float]]:
    """Share of right answers for 1 to 5 operations: alone, and after four earlier attempts."""
    rng = np.random.default_rng(seed)
    plain, chained = [], []
    everything = held_out()
    for level in LEVELS:
        questions = everything[(level - 1) * 40 : level * 40]
        expressions = [lang.read(q["text"][8:-1]) for q in questions]
        gold = [int(q["gold"]) for q in questions for _ in range(samples)]
        encoded = [lang.encode(e) for e in expressions]
        seeds = rng.integers(2**31, size=(2, len(gold))).tolist()
        responses = network.sample(
            [network.prompt(e) for e in encoded for _ in range(samples)], seeds[0], temperature
        )
        plain.append(share(responses, gold))
        works = [[lang.STEP, *without_tail(t)] for t in responses]
        prompts = []
        for i, e in enumerate(encoded):
            for _ in range(samples):
                four = rng.choice(samples, 4, replace=False)
                prompts.append(network.prompt(e, [works[i * samples + k] for k in four]))
        chained.append(share(network.sample(prompts, seeds[1], temperature), gold))
    return {"plain": plain, "chained": chained}


def share(responses: list[list[int]], gold: list[int]) -> float:
    right = sum(
        lang.working(t).endswith(f"The answer is {g}.")
        for t, g in zip(responses, gold, strict=True)
    )
    return round(right / len(gold), 3)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=75, help="length of the cosine schedule")
    parser.add_argument("--tokens", type=int, default=5000, help="tokens a batch")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--every", type=int, default=500, help="steps between fresh samples and measurements"
    )
    parser.add_argument("--start", type=Path, help="weights to go on from, in place of random ones")
    parser.add_argument(
        "--agreed",
        type=float,
        default=0.35,
        help="share of sequences whose attempts agree on an odd line",
    )
    parser.add_argument(
        "--own", type=float, default=0.45, help="share of sequences with the network's own attempts"
    )
    parser.add_argument("--heat", type=float, default=1.3, help="temperature of its own attempts")
    parser.add_argument(
        "--checkpoints", type=Path, help="folder for the weights at every measurement"
    )
    args = parser.parse_args()
    Block.forward = torch.compile(Block.forward, dynamic=True)
    torch.manual_seed(args.seed)
    data = Data(args.seed, args.tokens)
    model = Transformer(args.width, args.layers, args.heads)
    if args.start:
        model.restore(dict(np.load(args.start, allow_pickle=False)))
        data.refresh(Network(model.weights()), questions=64, samples=6, seed=0, heat=args.heat)
    print("parameters", sum(p.numel() for p in model.parameters()), flush=True)
    decay = [p for p in model.parameters() if p.dim() == 2]
    rest = [p for p in model.parameters() if p.dim() != 2]
    optimizer = torch.optim.AdamW(
        [{"params": decay, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}],
        lr=args.rate,
        betas=(0.9, 0.98),
    )
    began, step, total, seen = time.monotonic(), 0, 0.0, 0
    while (done := (time.monotonic() - began) / (60 * args.minutes)) < 1:
        rate = (
            args.rate
            * min(1, (step + 1) / 200)
            * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
        )
        for group in optimizer.param_groups:
            group["lr"] = rate
        tokens, targets, places, tries = data.batch(
            own=0.0 if done < 0.15 and not args.start else args.own, agreed=args.agreed
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(torch.from_numpy(tokens), places, tries)
        loss = F.cross_entropy(
            logits.float().flatten(0, 1), torch.from_numpy(targets).flatten(), ignore_index=IGNORE
        )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        seen += tokens.size
        total += loss.item()
        if step % args.every == 0:
            network = Network(model.weights())
            line = {
                "step": step,
                "minutes": round((time.monotonic() - began) / 60, 1),
                "tokens": seen,
            }
            line |= {"loss": round(total / args.every, 4), "rate": round(rate, 6)}
            if step % (2 * args.every) == 0:
                line |= measure(network, samples=8)
            print(json.dumps(line), flush=True)
            if args.checkpoints:
                np.savez(args.checkpoints / f"{step}.npz", **model.weights())
            total = 0.0
            if done >= 0.1:
                data.refresh(network, questions=64, samples=6, seed=step, heat=args.heat)
    np.savez(args.out, **model.weights())
    print(json.dumps(measure(Network(model.weights()), samples=16)))


if __name__ == "__main__":
    main()
