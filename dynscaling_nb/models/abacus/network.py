"""A small decoder transformer in NumPy: batched, with a key-value cache.

Positions have two dimensions, the place within an attempt and the number of the attempt, each with rotary frequencies of
its own. So step k of every attempt lies at the same place, and an attention head can look across them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dynscaling_nb.models.abacus.language import END, PAD, STEP

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

ATTEMPTS = 12  # highest number of an attempt
LONGEST = 96  # tokens of one response
CROWDED = 0.75  # share of rows still writing below which the others are dropped: a copy of the cache costs too
PLACE_SHARE = 0.625  # of the rotary pairs; the rest turn with the number of the attempt


def rotations(places: Ints, tries: Ints, half: int) -> tuple[Floats, Floats]:
    """Cosines and sines, (..., half), for places and attempt numbers of equal shape."""
    n = int(half * PLACE_SHARE)
    by_place = 200.0 ** -(np.arange(n) / n)
    by_try = 1.5 * 12.0 ** -(np.arange(half - n) / (half - n))
    angles = np.concatenate([places[..., None] * by_place, tries[..., None] * by_try], axis=-1)
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


@dataclass(frozen=True)
class Prompt:
    """Tokens up to and with the STEP that opens the response, and where each lies."""

    tokens: list[int]
    places: list[int]
    tries: list[int]


class _Layer:
    def __init__(self, arrays: Mapping[str, Any], prefix: str) -> None:
        def get(name: str) -> Floats:
            return np.ascontiguousarray(arrays[f"{prefix}.{name}"], dtype=np.float32)

        self.qkv = get("norm1")[:, None] * get("qkv")
        self.out = get("out")
        self.up = get("norm2")[:, None] * get("up")
        self.down = get("down")


class Network:
    """The network, from the arrays of a weights file. Shapes: B rows, T tokens, C width, H heads, D = C / H."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self.heads = int(arrays["heads"])
        self.embedding: Floats = np.ascontiguousarray(arrays["embedding"], dtype=np.float32)
        self.width = self.embedding.shape[1]
        self.input = _normed(self.embedding)
        self.output: Floats = np.ascontiguousarray(
            (self.embedding * arrays["norm"].astype(np.float32)).T
        )
        count = 1 + max(int(name.split(".")[0]) for name in arrays if name[0].isdigit())
        self.layers = [_Layer(arrays, str(i)) for i in range(count)]

    @classmethod
    def load(cls, path: Path) -> "Network":
        """Read a weights file; it holds arrays and nothing that runs."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(dict(arrays))

    @staticmethod
    def prompt(question: list[int], earlier: Sequence[list[int]] = ()) -> Prompt:
        """A question and earlier attempts (each from its first STEP on), laid over one another."""
        tokens, start = list(question), len(question)
        places, tries = list(range(start)), [0] * start
        for number, attempt in enumerate([*earlier, [STEP]], start=1):
            tokens += attempt
            places += range(start, start + len(attempt))
            tries += [number] * len(attempt)
        return Prompt(tokens, places, tries)

    def sample(
        self,
        prompts: Sequence[Prompt],
        seeds: Sequence[int],
        temperature: float = 1.0,
        batch: int = 64,
    ) -> list[list[int]]:
        """One response a prompt, in order, as tokens without the prompt's; END is the last unless it ran too long.

        Each row draws from its own seed, so what stands beside it in the batch does not change it.
        """
        return [tokens for tokens, _ in self.write(prompts, seeds, temperature, batch)]

    def write(
        self,
        prompts: Sequence[Prompt],
        seeds: Sequence[int],
        temperature: float = 1.0,
        batch: int = 64,
    ) -> list[tuple[list[int], float]]:
        """As `sample`, each response with the mean log-probability of its tokens, in nats and at temperature 1."""
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i].tokens))
        out: list[tuple[list[int], float]] = [([], 0.0) for _ in prompts]
        for i in range(0, len(order), batch):
            chosen = order[i : i + batch]
            drawn = self._sample(
                [prompts[r] for r in chosen], [seeds[r] for r in chosen], temperature
            )
            for row, found in zip(chosen, drawn, strict=True):
                out[row] = found
        return out

    def _sample(
        self, prompts: list[Prompt], seeds: list[int], temperature: float
    ) -> list[tuple[list[int], float]]:
        noise = np.stack([_noise(seed, self.output.shape[1]) for seed in seeds]) * np.float32(
            temperature
        )  # (B, L, V)
        lengths = np.array([len(p.tokens) for p in prompts])
        longest = int(lengths.max())
        pad = [longest - n for n in lengths]
        tokens: Ints = np.array(
            [[PAD] * n + p.tokens for n, p in zip(pad, prompts, strict=True)]
        )  # (B, T)
        places = np.array([[0] * n + p.places for n, p in zip(pad, prompts, strict=True)])
        tries = np.array([[0] * n + p.tries for n, p in zip(pad, prompts, strict=True)])
        cache = _Cache(self, len(prompts), longest + LONGEST, first=longest - lengths)
        logits = self._forward(tokens, places, tries, cache)
        place, attempt = places[:, -1], tries[:, -1]
        drawn = np.full((len(prompts), LONGEST), END)
        surprise = np.zeros(len(prompts))
        rows = np.arange(len(prompts))
        live = np.ones(len(rows), bool)
        for t in range(LONGEST):
            token = (logits + noise[rows, t]).argmax(axis=-1)  # the Gumbel-max trick
            drawn[rows[live], t] = token[live]
            surprise[rows[live]] += _surprise(logits, token)[live]
            live &= token != END
            if not live.any():
                break
            if live.mean() < CROWDED:
                rows, token, attempt, place = rows[live], token[live], attempt[live], place[live]
                cache.keep(live)
                live = np.ones(len(rows), bool)
            place = place + 1
            logits = self._forward(token[:, None], place[:, None], attempt[:, None], cache)
        written = [_until_end(row) for row in drawn.tolist()]
        return [
            (tokens, -float(total) / len(tokens))
            for tokens, total in zip(written, surprise, strict=True)
        ]

    def _forward(self, tokens: Ints, places: Ints, tries: Ints, cache: "_Cache") -> Floats:
        """Logits (B, V) after the last of T new tokens; their keys and values join the cache."""
        b, t = tokens.shape
        h, d = self.heads, self.width // self.heads
        cos, sin = (r[:, None] for r in rotations(places, tries, d // 2))  # (B, 1, T, D / 2)
        mask = cache.mask(t)  # (B, 1, T, S)
        x = self.input[
            tokens.ravel()
        ]  # (B * T, C): one flat product a weight is far faster than B small ones
        for i, layer in enumerate(self.layers):
            qkv = (_normed(x) @ layer.qkv).reshape(b, t, 3, h, d).transpose(2, 0, 3, 1, 4)
            queries, new_keys = _rotated(qkv[:2], cos, sin)
            keys, values = cache.add(i, new_keys, qkv[2])  # (B, H, S, D)
            scores = queries @ keys.transpose(0, 1, 3, 2)  # (B, H, T, S)
            scores *= d**-0.5
            scores += mask
            scores -= scores.max(axis=-1, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=-1, keepdims=True)
            x += (scores @ values).transpose(0, 2, 1, 3).reshape(b * t, -1) @ layer.out
            inner = np.maximum(_normed(x) @ layer.up, 0)
            x += (inner * inner) @ layer.down
        cache.length += t
        logits: Floats = _normed(x[t - 1 :: t]) @ self.output
        return logits


class _Cache:
    """Keys and values so far, of the rows that still write."""

    def __init__(self, network: Network, rows: int, size: int, first: Ints) -> None:
        shape = (rows, network.heads, size, network.width // network.heads)
        self.store = [
            (np.empty(shape, np.float32), np.empty(shape, np.float32)) for _ in network.layers
        ]
        self.first = first  # where each row's own tokens begin
        self.length = 0

    def add(self, layer: int, keys: Floats, values: Floats) -> tuple[Floats, Floats]:
        stop = self.length + keys.shape[2]
        k, v = self.store[layer]
        k[:, :, self.length : stop] = keys
        v[:, :, self.length : stop] = values
        return k[:, :, :stop], v[:, :, :stop]

    def mask(self, t: int) -> Floats:
        at = np.arange(self.length + t)
        hidden = at < self.first[:, None, None, None]
        if t > 1:
            hidden = hidden | (at > self.length + np.arange(t)[:, None])
        return np.where(hidden, np.float32(-1e9), np.float32(0))

    def keep(self, rows: NDArray[np.bool_]) -> None:
        self.first = self.first[rows]
        self.store = [(self._kept(k, rows), self._kept(v, rows)) for k, v in self.store]

    def _kept(self, stored: Floats, rows: NDArray[np.bool_]) -> Floats:
        kept = np.empty((int(rows.sum()), *stored.shape[1:]), np.float32)
        kept[:, :, : self.length] = stored[rows, :, : self.length]
        return kept


def _normed(x: Floats) -> Floats:
    squares = np.einsum("rc,rc->r", x, x)[:, None]
    y: Floats = x / np.sqrt(squares / np.float32(x.shape[1]) + np.float32(1.2e-7))
    return y


def _rotated(x: Floats, cos: Floats, sin: Floats) -> Floats:
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    y = np.empty(x.shape, np.float32)
    y[..., :half] = a * cos - b * sin
    y[..., half:] = a * sin + b * cos
    return y


def _surprise(logits: Floats, tokens: Ints) -> Floats:
    """-ln p of each row's token, at temperature 1."""
    highest = logits.max(axis=-1)
    total = np.exp(logits - highest[:, None]).sum(axis=-1)
    surprise: Floats = np.log(total) + highest - logits[np.arange(len(tokens)), tokens]
    return surprise


def _noise(seed: int, vocabulary: int) -> Floats:
    return np.random.default_rng(seed).gumbel(size=(LONGEST, vocabulary)).astype(np.float32)


def _until_end(row: list[int]) -> list[int]:
    return row[: row.index(END) + 1] if END in row else row
