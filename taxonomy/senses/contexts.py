"""From token sequences to the company of each mention, and from the company to a vector.

The vector of a mention is the mean of the vectors of its company, rare tokens counting more: the second-order context
vectors of Schütze 1998, "Automatic word sense discrimination". Word vectors of the corpora are a factorisation of
which tokens occur together (Levy and Goldberg 2014), so they take the place of his singular value decomposition.
"""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy import sparse

from taxonomy.corpus.model import Encode
from taxonomy.senses.model import Context, Contexts, Floats, SensePolicy

_RAREST: Final = 3
_COMMONEST_SHARE: Final = 0.02
"""A token in more of the sequences is company of everything: the function words of any language."""
_CENTRE_CONTEXTS: Final = 5_000
_FEW: Final = 50
"""A token in no more sequences than this is never too common, however few sequences there are."""


@dataclass(frozen=True)
class ContextSpace:
    """Where contexts have vectors: `matrix` is tokens x dimensions, `rarity` the weight of each token.

    `centre` is the mean vector of contexts, which is taken away: it is what all contexts have in common.
    """

    tokens: tuple[str, ...]
    rarity: Floats
    matrix: Floats
    centre: Floats
    index: dict[str, int] = field(repr=False)

    def vectors(self, contexts: Sequence[Context]) -> Floats:
        """Return a row of length 1 for each context; zeros where no token is known."""
        means = _means(contexts, self.index, self.rarity, self.matrix)
        known = np.abs(means).sum(axis=1, keepdims=True) > 0
        return unit(np.where(known, means - self.centre, 0.0).astype(np.float32))

    def weights(self, contexts: Sequence[Context]) -> "sparse.csr_matrix":
        """Return the rarity of each known token of each context: contexts x tokens."""
        return _weights(contexts, self.index, self.rarity)


def collect_contexts(
    sequences: Iterable[Sequence[str]], phrases: Collection[str], policy: SensePolicy, *, seed: int
) -> dict[str, list[Context]]:
    """Return the contexts of the mentions of some phrases, in one pass; of many an even sample (Vitter 1985)."""
    rng = random.Random(seed)  # noqa: S311 - a sample, not a secret
    wanted = frozenset(phrases)
    found: dict[str, list[Context]] = {}
    seen: Counter[str] = Counter()
    for sequence in sequences:
        for place, token in enumerate(sequence):
            if token not in wanted:
                continue
            around = sequence[max(0, place - policy.window) : place + policy.window + 1]
            context = tuple(dict.fromkeys(other for other in around if other != token))
            if len(context) < policy.min_company:
                continue
            seen[token] += 1
            kept = found.setdefault(token, [])
            if len(kept) < policy.max_contexts:
                kept.append(context)
            elif (chosen := rng.randrange(seen[token])) < policy.max_contexts:
                kept[chosen] = context
    return found


def context_space(sequences: Iterable[Sequence[str]], encode: Encode, contexts: Contexts) -> ContextSpace:
    """Return the space of contexts: rarity of the tokens of sequences, and vectors of each by `encode`."""
    frequency: Counter[str] = Counter()
    total = 0
    for sequence in sequences:
        total += 1
        frequency.update(set(sequence))
    used = {token for some in contexts.values() for context in some for token in context}
    most = max(_COMMONEST_SHARE * total, _FEW)
    tokens = tuple(sorted(token for token in used if _RAREST <= frequency[token] <= most))
    rarity = np.log(total / np.array([frequency[token] for token in tokens], np.float32)).astype(np.float32)
    index = {token: row for row, token in enumerate(tokens)}
    matrix = encode(tokens)
    some = [context for found in contexts.values() for context in found]
    step = max(1, len(some) // _CENTRE_CONTEXTS)
    means = _means(some[::step], index, rarity, matrix)
    centre = means.mean(axis=0) if len(means) else np.zeros(matrix.shape[1], np.float32)
    return ContextSpace(tokens, rarity, matrix, np.asarray(centre, np.float32), index)


def unit(rows: Floats) -> Floats:
    """Return rows scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


def _means(contexts: Sequence[Context], index: dict[str, int], rarity: Floats, matrix: Floats) -> Floats:
    return unit(np.asarray(_weights(contexts, index, rarity) @ matrix, dtype=np.float32))


def _weights(contexts: Sequence[Context], index: dict[str, int], rarity: Floats) -> "sparse.csr_matrix":
    rows = [[index[token] for token in context if token in index] for context in contexts]
    columns = np.array([column for row in rows for column in row], dtype=np.int64)
    ends = np.cumsum([0, *(len(row) for row in rows)])
    return sparse.csr_matrix((rarity[columns], columns, ends), shape=(len(contexts), len(rarity)))
