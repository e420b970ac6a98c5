"""Fuzz the standardizer with what atheris finds: `python fuzz_standardize.py --seconds 60`.

Coverage of our own code guides the search: texts that reach a new branch are changed further. Whatever breaks
`check` or raises ends the run with the text in the output.
"""

import argparse
import importlib
import pkgutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import classifiers.kernels
from classifiers.standardize.model import Answer, Query
from taxonomy.model import EntityType

TYPES = [None, *EntityType]
_LONGEST_CHARACTERS = 400


def check(answer: Answer, text: str, kind: EntityType | None) -> None:
    """Assert what holds of every answer to a text, whatever the text is."""
    spans = [(mention.start, mention.end, mention.type) for mention in answer.mentions]
    assert len(set(spans)) == len(spans)
    for mention in answer.mentions:
        assert 0 <= mention.start < mention.end <= len(text)
        assert text[mention.start : mention.end] == mention.text
        assert kind is None or mention.type is kind
        entities = [candidate.entity_id for candidate in mention.candidates]
        assert len(set(entities)) == len(entities)
        assert all(0 < candidate.confidence <= 1 for candidate in mention.candidates)
    if kind is None:
        ends = [mention.end for mention in answer.mentions]
        assert all(end <= mention.start for end, mention in zip(ends, answer.mentions[1:], strict=False))


def standardize_with_small_taxonomy() -> Callable[[str, EntityType | None], Answer]:
    """Return the standardizer over the small taxonomy of the unit tests, as a function of text and type."""
    from conftest import SMALL  # noqa: PLC0415 - after atheris, so that what it imports is instrumented

    from classifiers.standardize.calibration import load_calibration  # noqa: PLC0415
    from classifiers.standardize.compiled import compile_snapshot, load, save  # noqa: PLC0415
    from classifiers.standardize.readings import load_seniority  # noqa: PLC0415
    from classifiers.standardize.standardizer import Standardizer  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        save(compile_snapshot(SMALL), Path(folder))
        taxonomy = load(Path(folder))
    standardizer = Standardizer(taxonomy, load_calibration(), load_seniority())
    return lambda text, kind: standardizer.standardize(Query(text, kind))


def main() -> None:
    """Run until the time is over or something breaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long to look (60)")
    seconds: int = parser.parse_args().seconds
    import atheris  # noqa: PLC0415 - not on every platform

    # Compiled loops must stay as they are: what counts branches is nothing that Numba knows.
    for module in pkgutil.iter_modules(classifiers.kernels.__path__, "classifiers.kernels."):
        importlib.import_module(module.name)
    importlib.import_module("classifiers.encoder.linear")

    with atheris.instrument_imports(include=["classifiers.standardize"]):
        standardize = standardize_with_small_taxonomy()

    def one(data: bytes) -> None:
        given = atheris.FuzzedDataProvider(data)
        kind = TYPES[given.ConsumeIntInRange(0, len(TYPES) - 1)]
        text = given.ConsumeUnicode(_LONGEST_CHARACTERS)
        check(standardize(text, kind), text, kind)

    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-timeout=5", "-verbosity=1"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
