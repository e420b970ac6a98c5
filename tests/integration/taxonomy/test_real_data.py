"""The importers over the real downloads, where they are there."""

import os
from collections import Counter
from pathlib import Path

import pytest

from taxonomy.importers.detect import detect
from taxonomy.importers.model import Source
from taxonomy.importers.read import read_source
from taxonomy.model import EntityDraft, EntityType

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("CANONYM_TEST_DATA", ROOT.parent / "shared" / "data")) / "taxonomies"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no real data in {DATA}; set CANONYM_TEST_DATA"),
]

AT_LEAST = {
    "esco:en": {EntityType.SKILL: 13_890, EntityType.TITLE: 3_007, EntityType.SUPERTITLE: 619},
    "esco:de": {EntityType.SKILL: 1_700, EntityType.TITLE: 3_039},
    "esco:es": {EntityType.SKILL: 1_700, EntityType.TITLE: 3_039},
    "onet": {EntityType.SKILL: 8_700, EntityType.TITLE: 1_016, EntityType.SKILL_GROUP: 100},
    "geonames": {EntityType.LOCATION: 37_000},
    "universities": {EntityType.SCHOOL: 10_200},
}


@pytest.fixture(scope="module")
def sources() -> dict[str, Source]:
    return {source.key: source for source in detect(DATA)}


@pytest.mark.parametrize("key", AT_LEAST)
def test_a_download_is_read_in_full(sources: dict[str, Source], key: str) -> None:
    read_bytes: list[int] = []
    counts: Counter[EntityType] = Counter()
    ids: set[str] = set()
    for item in read_source(sources[key], read_bytes.append):
        if isinstance(item, EntityDraft):
            counts[item.type] += 1
            assert item.entity_id not in ids
            ids.add(item.entity_id)
            texts = [(alias.language, alias.text) for alias in item.aliases]
            assert len(texts) == len(set(texts))
    assert all(counts[entity_type] >= least for entity_type, least in AT_LEAST[key].items())
    assert sum(read_bytes) == sources[key].size_bytes
