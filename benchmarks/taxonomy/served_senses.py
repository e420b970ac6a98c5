"""Which sense a context speaks of, once the senses are known: pseudo-words, of which half of the contexts made them.

Ours is p(sense | context) as the standardizer serves it; the baseline is what it does without: the sense of whose
company the context has more words, and of equals the more frequent one. The other half is asked.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from benchmarks.model import BenchRow
from benchmarks.standardize.metrics import calibration_error
from benchmarks.standardize.rows import measured
from taxonomy.senses.contexts import ContextSpace, unit
from taxonomy.senses.finding import count_tokens, typical_company
from taxonomy.senses.model import PhraseSenses, Sense, SensePolicy
from taxonomy.senses.serving import make_sense_model
from taxonomy.senses.splitting import Drawn

_CASE: Final = "senses, served"


def served_rows(
    pseudo: Sequence[Drawn], space: ContextSpace, concentration: float, policy: SensePolicy
) -> list[BenchRow]:
    """Return the accuracy of the sense with the highest probability, and how calibrated that probability is."""
    found = [_senses(str(number), drawn, space, policy) for number, drawn in enumerate(pseudo)]
    model = make_sense_model(found, space, concentration)
    ours, words, highest, right = [], [], list[float](), list[float]()
    for one, drawn in zip(found, pseudo, strict=True):
        company = [{own.token for own in sense.company} for sense in one.senses]
        most_frequent = int(np.argmax([sense.share for sense in one.senses]))
        by_model, by_words = [], []
        for context, truth in list(zip(drawn.contexts, drawn.source, strict=True))[1::2]:
            likely = model.probabilities(one.phrase, context)
            by_model.append(likely.argmax() == truth)
            highest.append(float(likely.max()))
            counts = [len(own.intersection(context)) for own in company]
            by_words.append((most_frequent if counts[0] == counts[1] else int(np.argmax(counts))) == truth)
        ours.append(np.mean(by_model))
        words.append(np.mean(by_words))
        right += map(float, by_model)
    error = calibration_error(np.array(highest), np.array(right))
    return [
        measured(
            _CASE,
            "accuracy, pseudo-words",
            np.array(ours),
            baseline=float(np.mean(words)),
            baseline_name="words of their company",
        ),
        BenchRow(_CASE, "ECE-15", round(error, 3), rows=len(right)),
    ]


def _senses(phrase: str, drawn: Drawn, space: ContextSpace, policy: SensePolicy) -> PhraseSenses:
    """Return the two senses of a pseudo-word as its even contexts show them."""
    known = list(zip(drawn.contexts, drawn.source, strict=True))[::2]
    parts = [[context for context, source in known if source == side] for side in (0, 1)]
    counts = [count_tokens(part, space) for part in parts]
    senses = tuple(
        Sense(
            side, len(parts[side]) / len(known), typical_company(counts[side], counts[1 - side], policy.label_words), ()
        )
        for side in (0, 1)
    )
    centres = unit(np.stack([space.vectors(part).mean(axis=0) for part in parts]))
    return PhraseSenses(phrase, senses, 1.0, tuple(source for _, source in known), centres)
