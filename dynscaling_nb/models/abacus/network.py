"""A small decoder transformer in NumPy: batched, with a key-value cache.

A position has two dimensions: the place within an attempt and the number of the attempt. Each has
rotary frequencies of its own. So step k of every attempt lies at the same place, and attention can
look across the attempts.

Shapes: B rows, T new tokens, S tokens so far, C width, H heads, D = C / H, V vocabulary,
L = LONGEST.
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
# Finished rows are dropped once fewer than this share still write. A drop copies the cache, so it
# must not come too often.
CROWDED = 0.75
PLACE_SHARE = 0.625  # of the rotary pairs turn with the place, the rest with the attempt's number
HIDDEN = np.float32(-1e9)  # score of a token that must not be seen
EPSILON = np.float32(1.2e-7)  # as torch.nn.RMSNorm has it


def rotations(places: Ints, tries: Ints, half: int) -> tuple[Floats, Floats]:
    """Cosines and sines of the rotary angles, for places and attempt numbers of equal shape."""
    n = int(half * PLACE_SHARE)
    by_place = 200.0 ** -(np.arange(n) / n)  # (n,)
    by_try = 1.5 * 12.0 ** -(np.arange(half - n) / (half - n))  # (half - n,)
    angles = np.concatenate(
        [places[..., None] * by_place, tries[..., None] * by_try], axis=-1
    )  # (..., half)
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


@dataclass(frozen=True)
class Prompt:
    """Tokens up to the STEP that opens the response, with the place and the attempt of each."""

    tokens: list[int]
    places: list[int]
    tries: list[int]


class _Layer:
    def __init__(self, arrays: Mapping[str, Any], prefix: str) -> None:
        def get(name: str) -> Floats:
            return np.ascontiguousarray(arrays[f"{prefix}.{name}"], dtype=np.float32)

        # The gains of both norms are folded into the weights behind them.
        self.qkv = get("norm1")[:, None] * get("qkv")  # (C, 3 C)
        self.out = get("out")  # (C, C)
        self.up = get("norm2")[:, None] * get("up")  # (C, 4 C)
        self.down = get("down")  # (4 C, C)


class Network:
    """The network, from the arrays of a weights file."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self.heads = int(arrays["heads"])
        self.embedding: Floats = np.ascontiguousarray(
            arrays["embedding"], dtype=np.float32
        )  # (V, C)
        self.width = self.embedding.shape[1]
        self.input = _normed(self.embedding)  # (V, C)
        self.output: Floats = np.ascontiguousarray(
            (self.embedding * arrays["norm"].astype(np.float32)).T
        )  # (C, V), the gain of the last norm folded in
        count = 1 + max(int(name.split(".")[0]) for name in arrays if name[0].isdigit())
        self.layers = [_Layer(arrays, str(i)) for i in range(count)]

    @classmethod
    def load(cls, path: Path) -> "Network":
        """Read a weights file; it holds arrays and no code."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(dict(arrays))

    @staticmethod
    def prompt(question: list[int], earlier: Sequence[list[int]] = ()) -> Prompt:
        """A prompt from a question and earlier attempts, each from its first STEP on.

        All attempts begin at the same place, after the question.
        """
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
        """One response a prompt, in order, as tokens without the prompt's.

        The last token is END unless the response ran too long. Each row draws from its own seed, so
        the other rows of its batch do not change it.
        """
        return [tokens for tokens, _ in self.write(prompts, seeds, temperature, batch)]

    def write(
        self,
        prompts: Sequence[Prompt],
        seeds: Sequence[int],
        temperature: float = 1.0,
        batch: int = 64,
    ) -> list[tuple[list[int], float]]:
        """As `sample`, with the mean log-probability of each response's tokens.

        Log-probabilities are in nats and at temperature 1.
        """
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i].tokens))
        out: list[tuple[list[int], float]] = [([], 0.0) for _ in prompts]
        for i in range(0, len(order), batch):
            rows = order[i : i + batch]
            responses = self._sample(
                [prompts[r] for r in rows], [seeds[r] for r in rows], temperature
            )
            for row, response in zip(rows, responses, strict=True):
                out[row] = response
        return out

    def _sample(
        self, prompts: list[Prompt], seeds: list[int], temperature: float
    ) -> list[tuple[list[int], float]]:
        noise = np.stack([_noise(seed, self.output.shape[1]) for seed in seeds]) * np.float32(
            temperature
        )  # (B, L, V)
        lengths = np.array([len(p.tokens) for p in prompts])  # (B,)
        longest = int(lengths.max())
        pad = [longest - n for n in lengths]
        tokens: Ints = np.array(
            [[PAD] * n + p.tokens for n, p in zip(pad, prompts, strict=True)]
        )  # (B, T)
        places = np.array([[0] * n + p.places for n, p in zip(pad, prompts, strict=True)])  # (B, T)
        tries = np.array([[0] * n + p.tries for n, p in zip(pad, prompts, strict=True)])  # (B, T)
        cache = KeyValueCache(self, len(prompts), longest + LONGEST, first=longest - lengths)
        logits = self.forward(tokens, places, tries, cache)  # (B, V)
        place, attempt = places[:, -1], tries[:, -1]  # (B,)
        written = np.full((len(prompts), LONGEST), END)  # (B, L)
        surprise = np.zeros(len(prompts))  # (B,)
        rows = np.arange(len(prompts))  # (B,), the rows that are not dropped
        live = np.ones(len(rows), bool)  # (B,), the rows that still write
        for t in range(LONGEST):
            token = (logits + noise[rows, t]).argmax(axis=-1)  # (B,), the Gumbel-max trick
            written[rows[live], t] = token[live]
            surprise[rows[live]] += _surprise(logits, token)[live]
            live &= token != END
            if not live.any():
                break
            if live.mean() < CROWDED:
                rows, token, attempt, place = rows[live], token[live], attempt[live], place[live]
                cache.keep(live)
                live = np.ones(len(rows), bool)
            place = place + 1
            logits = self.forward(token[:, None], place[:, None], attempt[:, None], cache)
        responses = [_until_end(row) for row in written.tolist()]
        return [
            (response, -float(total) / len(response))
            for response, total in zip(responses, surprise, strict=True)
        ]

    def forward(self, tokens: Ints, places: Ints, tries: Ints, cache: "KeyValueCache") -> Floats:
        """Logits after the last new token; keys and values of the new tokens join the cache."""
        b, t = tokens.shape
        h, d = self.heads, self.width // self.heads
        cos, sin = (r[:, None] for r in rotations(places, tries, d // 2))  # (B, 1, T, D / 2)
        mask = cache.mask(t)  # (B, 1, T, S)
        # One flat product a weight is far faster than B small ones.
        x = self.input[tokens.ravel()]  # (B * T, C)
        for i, layer in enumerate(self.layers):
            qkv = (_normed(x) @ layer.qkv).reshape(b, t, 3, h, d)
            qkv = qkv.transpose(2, 0, 3, 1, 4)  # (3, B, H, T, D)
            queries, new_keys = _rotated(qkv[:2], cos, sin)  # (B, H, T, D) each
            keys, values = cache.add(i, new_keys, qkv[2])  # (B, H, S, D)
            scores = queries @ keys.transpose(0, 1, 3, 2)  # (B, H, T, S)
            scores *= d**-0.5
            scores += mask
            scores -= scores.max(axis=-1, keepdims=True)  # softmax, in place
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=-1, keepdims=True)
            x += (scores @ values).transpose(0, 2, 1, 3).reshape(b * t, -1) @ layer.out
            inner = np.maximum(_normed(x) @ layer.up, 0)  # (B * T, 4 C)
            x += (inner * inner) @ layer.down  # (B * T, C)
        cache.length += t
        logits: Floats = _normed(x[t - 1 :: t]) @ self.output  # (B, V)
        return logits


class KeyValueCache:
    """Keys and values so far, for the rows that are not dropped."""

    def __init__(self, network: Network, rows: int, size: int, first: Ints) -> None:
        shape = (rows, network.heads, size, network.width // network.heads)  # (B, H, size, D)
        self.store = [
            (np.empty(shape, np.float32), np.empty(shape, np.float32)) for _ in network.layers
        ]
        self.first = first  # (B,), where each row's own tokens begin, after the padding
        self.length = 0

    def add(self, layer: int, keys: Floats, values: Floats) -> tuple[Floats, Floats]:
        """Add keys and values (B, H, T, D) of a layer; returns all of its own (B, H, S, D)."""
        stop = self.length + keys.shape[2]
        k, v = self.store[layer]
        k[:, :, self.length : stop] = keys
        v[:, :, self.length : stop] = values
        return k[:, :, :stop], v[:, :, :stop]

    def mask(self, t: int) -> Floats:
        """Added to the scores of T new tokens: 0, or HIDDEN for padding and for the future."""
        at = np.arange(self.length + t)  # (S,)
        hidden = at < self.first[:, None, None, None]  # (B, 1, 1, S)
        if t > 1:
            hidden = hidden | (at > self.length + np.arange(t)[:, None])  # (B, 1, T, S)
        return np.where(hidden, HIDDEN, np.float32(0))

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Drop all other rows."""
        self.first = self.first[rows]
        self.store = [(self._only(k, rows), self._only(v, rows)) for k, v in self.store]

    def _only(self, stored: Floats, rows: NDArray[np.bool_]) -> Floats:
        copy = np.empty((int(rows.sum()), *stored.shape[1:]), np.float32)
        copy[:, :, : self.length] = stored[rows, :, : self.length]
        return copy


def _normed(x: Floats) -> Floats:
    """RMSNorm without gain, (rows, C)."""
    squares = np.einsum("rc,rc->r", x, x)[:, None]  # (rows, 1)
    y: Floats = x / np.sqrt(squares / np.float32(x.shape[1]) + EPSILON)
    return y


def _rotated(x: Floats, cos: Floats, sin: Floats) -> Floats:
    """Rotary positions applied to (..., D)."""
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]  # (..., D / 2)
    y = np.empty(x.shape, np.float32)
    y[..., :half] = a * cos - b * sin
    y[..., half:] = a * sin + b * cos
    return y


def _surprise(logits: Floats, tokens: Ints) -> Floats:
    """-ln p of each row's token at temperature 1, from logits (B, V)."""
    highest = logits.max(axis=-1)  # (B,)
    total = np.exp(logits - highest[:, None]).sum(axis=-1)  # (B,)
    surprise: Floats = np.log(total) + highest - logits[np.arange(len(tokens)), tokens]
    return surprise


def _noise(seed: int, vocabulary: int) -> Floats:
    """Gumbel noise (L, V) for one response."""
    return np.random.default_rng(seed).gumbel(size=(LONGEST, vocabulary)).astype(np.float32)


def _until_end(row: list[int]) -> list[int]:
    return row[: row.index(END) + 1] if END in row else row
