"""Sentences of postings with marked spans of skills and knowledge (SkillSpan, Zhang et al. 2022), and counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import orjson

from benchmarks.standardize.finders import Find, Span
from benchmarks.standardize.metrics import Values
from benchmarks.standardize.reading import naming, refuse
from taxonomy.importers.rows import ignore_progress, read_lines

FOLDER: Final = "skill_spans"
_TAGS: Final = ("tags_skill", "tags_knowledge")


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """A sentence, its words joined by single spaces, and the spans of its skills and knowledge."""

    text: str
    spans: frozenset[Span]


def read_marked(path: Path) -> list[MarkedSentence]:
    """Return the sentences of a file of JSON lines: `tokens`, and one of B, I or O a token in each list of tags.

    Raises:
        InvalidError: for a line that is no such object.
    """
    found = []
    with naming(path):
        for number, line in enumerate(read_lines(path, ignore_progress), start=1):
            try:
                record = orjson.loads(line)
                tokens, tags = record["tokens"], [record[name] for name in _TAGS]
                spans = [span for one in tags for span in _spans(tokens, one)]
            except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
                raise refuse(path, number, f"an object with tokens, {' and '.join(_TAGS)} is needed") from error
            found.append(MarkedSentence(" ".join(tokens), frozenset(spans)))
    return found


def _spans(tokens: Sequence[str], tags: Sequence[str]) -> list[Span]:
    """Return the spans that tags mark: B begins one, I goes on; an I after O begins one too."""
    spans: list[Span] = []
    position, inside = 0, False
    for token, tag in zip(tokens, tags, strict=True):
        end = position + len(token)
        if tag == "I" and inside:
            spans[-1] = (spans[-1][0], end)
        elif tag in {"B", "I"}:
            spans.append((position, end))
        inside = tag in {"B", "I"}
        position = end + 1
    return spans


def span_counts(find: Find, marked: Sequence[MarkedSentence]) -> tuple[Values, Values, Values]:
    """Return, for each sentence, how many spans were found rightly, found at all, and marked."""
    found = [find(one.text) for one in marked]
    right = [len(spans & one.spans) for spans, one in zip(found, marked, strict=True)]
    counts = (right, [len(spans) for spans in found], [len(one.spans) for one in marked])
    rights, founds, marks = (np.array(column, dtype=np.float64) for column in counts)
    return rights, founds, marks
