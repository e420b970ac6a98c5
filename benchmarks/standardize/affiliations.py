"""Affiliations as people type them, as natural NIL for schools.

The labels of organisations are ids of a registry that the taxonomies do not hold, so most rows say nothing of our
entities. Rows that name organisations which the registry lacks tell them by name: where no school of the taxonomy
has such a name as an alias, and no alias of a school stands in the string, NIL is the right answer.
"""

import ast
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.model import BenchRow
from benchmarks.standardize.context import Context
from benchmarks.standardize.metrics import log_loss
from benchmarks.standardize.reading import read_table, refuse
from benchmarks.standardize.rows import measured
from benchmarks.standardize.taxonomies import standardizer_of
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.scan import scan
from taxonomy.model import EntityType

FOLDER: Final = "affiliations"
_HEADER: Final = ["original_affiliation", "original_labels_correct", "labels", "split"]
_REGISTRY: Final = "https://"


def bench_affiliations(context: Context) -> list[BenchRow]:
    """Say how often an affiliation without a school of the taxonomy is rightly left unlinked."""
    rows: list[BenchRow] = []
    for path in context.files(FOLDER, "*.tsv"):
        taxonomy = context.taxonomies.compiled
        if EntityType.SCHOOL not in taxonomy.indexes:
            context.on_step(f"skipped {path.name}: the taxonomies have no schools")
            continue
        named = read_named(path)
        texts = context.cut([text for text, labels in named if not _has_school(taxonomy, (text, *labels))])
        context.on_step(f"{path.name}: {len(texts)} of {len(named)} rows whose organisations are told by name are NIL")
        if not texts:
            context.on_step(f"skipped {path.name}: no row can be mapped by name")
            continue
        standardizer = standardizer_of(taxonomy)
        found = standardizer.fields([(text, EntityType.SCHOOL) for text in texts])
        linked = np.array([any(standardizer.is_linked(mention) for mention in mentions) for mentions in found])
        surest = np.array(
            [max((m.candidates[0].confidence for m in mentions if m.candidates), default=0.0) for mentions in found]
        )
        case = f"affiliations that name no school of ours ({path.stem})"
        rows.append(measured(case, "share rightly NIL", (~linked).astype(np.float64)))
        rows.append(measured(case, "log-loss", log_loss(surest, np.zeros(len(texts)))))
    return rows


def read_named(path: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Return the affiliations all of whose organisations are told by name, with the names.

    Raises:
        InvalidError: for another header, a damaged line or labels that are no set of strings.
    """
    records = read_table(path, fields=4)
    if not records or records[0][1] != _HEADER:
        raise refuse(path, 1, f"the header {', '.join(_HEADER)} is needed")
    rows = []
    for line, (text, _, labels, _) in records[1:]:
        names = _names(labels)
        if names is None:
            raise refuse(path, line, f"the labels {labels!r} are no set of strings")
        if names and not any(name.startswith(_REGISTRY) for name in names):
            rows.append((text, names))
    return rows


def _names(labels: str) -> tuple[str, ...] | None:
    """Return the strings of a set as Python writes it, which a file may have quoted once more; None where it is not."""
    quoted = labels.startswith('"') and labels.endswith('"')
    try:
        value = ast.literal_eval(labels[1:-1].replace('""', '"') if quoted else labels)
    except (ValueError, SyntaxError):
        return None
    if not isinstance(value, set | frozenset) or not all(isinstance(name, str) for name in value):
        return None
    return tuple(sorted(value))


def _has_school(taxonomy: CompiledTaxonomy, texts: tuple[str, ...]) -> bool:
    """Whether a school of the taxonomy is named in one of the texts."""
    return any(EntityType.SCHOOL in hit.rows_by_type for text in texts for hit in scan(taxonomy, text))
