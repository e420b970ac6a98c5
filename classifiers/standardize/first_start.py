"""Compile the loops that answers need, once for an installation: `python -m classifiers.standardize.first_start`.

They are kept on disk. Without this the first process that answers compiles them, in a quarter of a minute.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from classifiers.encoder.linear import load_encoder
from classifiers.standardize.calibration import load_calibration
from classifiers.standardize.compiled import compile_snapshot, load, save
from classifiers.standardize.model import AnswerOptions, Query
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import Standardizer
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId

_ENTITIES: Final = tuple(
    Entity(f"{kind}_1", kind, "nurse", (SourceId("none", kind),), (Alias("nurse", "en", AliasKind.CANONICAL, "none"),))
    # One type with vectors and one without.
    for kind in (EntityType.TITLE, EntityType.COMPANY)
)


def compile_loops() -> int:
    """Answer some queries over a taxonomy of two entities; return how many mentions were found."""
    encoder = load_encoder()
    with TemporaryDirectory() as folder:
        save(compile_snapshot(Snapshot(1, _ENTITIES)), Path(folder), encoder)
        standardizer = Standardizer(load(Path(folder), encoder), load_calibration(), load_seniority())
        queries = [Query("Nurses who nurse")]
        for explain in (False, True):
            options = AnswerOptions(explain=explain)
            queries += [Query("nurses", entity.type, options=options) for entity in _ENTITIES]
        return sum(len(standardizer.standardize(query).mentions) for query in queries)


if __name__ == "__main__":
    compile_loops()
