"""Published figures and targets. They only stand beside the figures; which sets are measured depends on the data."""

from collections.abc import Mapping
from typing import Final

from benchmarks.standardize.rows import NO_REFERENCE, Reference

TITLES: Final[Mapping[str, Reference]] = {
    "MRR": Reference(0.31, 0.40, 0.44),
    "R@5": Reference(0.39, 0.52, 0.56),
    "R@10": Reference(0.46, 0.60, 0.65),
}
HALVES: Final[Mapping[str, Reference]] = {"MRR": Reference(None, 0.60), "R@10": Reference(None, 0.85)}
SIMILARITY: Final = Reference(0.49, 0.56, 0.60)
CALIBRATION_ERROR: Final = Reference(None, 0.02)

LINKING_OWN_LANGUAGE: Final = Reference(0.524, 0.58)
LINKING_TO_ENGLISH: Final = Reference(0.42, 0.45)
_LINKING_ENGLISH: Final = Reference(0.684, 0.70)

_SENTENCES: Final[Mapping[tuple[str, str], Reference]] = {
    ("tech", "MRR"): Reference(0.632, 0.55),
    ("tech", "RP@5"): Reference(0.640, 0.54),
    ("house", "MRR"): Reference(0.484, 0.43),
    ("house", "RP@5"): Reference(0.491, 0.42),
}


def linking(query_language: str, corpus_language: str) -> Reference:
    """Return what is known of linking between two languages; means over languages have their own."""
    return _LINKING_ENGLISH if query_language == corpus_language == "en" else NO_REFERENCE


def sentences(domain: str, metric: str) -> Reference:
    """Return what is known of a domain of sentences, the part of the file's name before its split."""
    return _SENTENCES.get((domain, metric), NO_REFERENCE)
