"""What every part of the benchmark of taxonomy construction gets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BuildBenchPolicy:
    """How much is measured; smaller numbers serve development and tests. None measures everything."""

    seed: int = 7
    max_documents: int | None = None
    max_entities: int | None = None
    pseudo_words: int = 200


@dataclass(frozen=True, slots=True)
class BuildContext:
    """One run: the folder of real data (`taxonomies/`, `corpora/`), how much, where printouts go, dictionaries."""

    data: Path
    out: Path
    policy: BuildBenchPolicy
    on_step: Callable[[str], None]
    dictionaries: Mapping[str, Path] = field(default_factory=dict)
