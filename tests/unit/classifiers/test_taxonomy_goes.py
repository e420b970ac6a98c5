"""A taxonomy that is replaced is gone at once: what was loaded is hidden from the collector of cycles."""

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from classifiers.encoder.linear import load_encoder
from classifiers.relations.infer import EdgeInferrer
from classifiers.standardize.calibration import load_calibration
from classifiers.standardize.compiled import compile_snapshot, load, save
from classifiers.standardize.model import AnswerOptions, Query
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import Standardizer
from core.wire import PROFILE_UPDATED, Event, ProfileDocument
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId

ENTITIES = tuple(
    Entity(f"{kind}_{name}", kind, name, (SourceId("test", name),), (Alias(name, "en", AliasKind.CANONICAL, "test"),))
    for kind, name in ((EntityType.TITLE, "nurse"), (EntityType.TITLE, "driver"), (EntityType.SKILL, "python"))
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(compile_snapshot(Snapshot(1, ENTITIES)), tmp_path, load_encoder())
    return tmp_path


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_nothing_holds_a_taxonomy_but_who_uses_it(folder: Path) -> None:
    taxonomy = load(folder, load_encoder())
    standardizer = Standardizer(taxonomy, load_calibration(), load_seniority())
    options = AnswerOptions(within=("title_nurse",), explain=True)
    for query in (
        Query("A nurse who knows python."),
        Query("nurses", EntityType.TITLE),
        Query("nurses", EntityType.TITLE, "en", "ward", options),
    ):
        assert standardizer.standardize(query).mentions
    document = ProfileDocument(titles=("truck driver",), headline="Nurse")
    event = Event(event_id="1", type=PROFILE_UPDATED, source="/test", subject="m", sequence=1, data=document)
    inferrer = EdgeInferrer(standardizer)
    assert inferrer.infer(event).edges
    parts = [weakref.ref(one) for one in (taxonomy.popularity, taxonomy.alias_entities, taxonomy.phrases.marks)]
    del taxonomy, standardizer, inferrer
    assert all(part() is None for part in parts)


def test_a_small_taxonomy_keeps_few_files_open(folder: Path) -> None:
    encoder = load_encoder()
    before = psutil.Process().num_fds()
    taxonomies = [load(folder, encoder) for _ in range(3)]
    # The starts of the posting lists and their weights, for each of two types, and the known words; all else is small.
    assert psutil.Process().num_fds() - before <= 5 * len(taxonomies)
