from pathlib import Path

import numpy as np
import pytest

from classifiers.encoder.linear import load_encoder
from classifiers.standardize.compiled import CompiledTaxonomy, compile_snapshot, load, save
from classifiers.standardize.meaning import MeaningIndex, build_meaning
from classifiers.standardize.search import Withheld, alike_matches
from classifiers.standardize.text import fold
from core.errors import InvalidError
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId

GROUPS = {
    "nurse": ["registered nurse", "staff nurse", "hospital nurse"],
    "developer": ["software developer", "programmer", "application developer"],
    "driver": ["truck driver", "lorry driver", "heavy goods vehicle driver"],
}


def snapshot() -> Snapshot:
    return Snapshot(
        1,
        tuple(
            Entity(
                f"title_{name}",
                EntityType.TITLE,
                name,
                (SourceId("test", name),),
                tuple(Alias(text, "en", AliasKind.SYNONYM, "test") for text in (name, *labels)),
            )
            for name, labels in GROUPS.items()
        ),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("compiled")
    save(compile_snapshot(snapshot()), path, load_encoder())
    return path


@pytest.fixture(scope="module")
def taxonomy(folder: Path) -> CompiledTaxonomy:
    return load(folder, load_encoder())


def index_of_groups() -> tuple[MeaningIndex, list[str]]:
    keys = [fold(text) for labels in GROUPS.values() for text in labels]
    entities = np.repeat(np.arange(3, dtype=np.int32), 3)
    return build_meaning(load_encoder(), keys, np.arange(9, dtype=np.int32), entities), keys


def test_a_search_agrees_with_comparing_everything() -> None:
    index, keys = index_of_groups()
    queries = ["Krankenschwester", "java developer", "van driver"]
    encoder = load_encoder()
    vectors, aliases = encoder.encode(queries), encoder.encode_folded(keys)
    found = index.search([fold(query) for query in queries], [()] * 3, top=3)
    for vector, meant in zip(vectors, found, strict=True):
        cosines = (aliases @ vector).reshape(3, 3)
        assert {item.entity: item.row for item in meant} == {e: 3 * e + int(cosines[e].argmax()) for e in range(3)}
        for item in meant:
            assert item.alias == pytest.approx(cosines[item.entity].max(), abs=0.01)


def test_entities_asked_for_are_looked_at_though_others_are_nearer() -> None:
    index, _ = index_of_groups()
    [alone], [both] = (index.search(["truck driver"], [also], top=1) for also in ((), (0,)))
    assert {item.entity for item in alone} == {2}
    assert {item.entity for item in both} == {0, 2}


def test_a_text_without_words_means_nothing() -> None:
    index, _ = index_of_groups()
    assert index.search([""], [()], top=3) == [[]]


def test_a_title_is_found_by_its_meaning_in_another_language(taxonomy: CompiledTaxonomy) -> None:
    found = alike_matches(taxonomy, [fold("Lastwagenfahrer"), fold("Krankenpfleger")], EntityType.TITLE)
    best = [max(matches, key=lambda match: match.score) for matches in found]
    names = [taxonomy.names[int(taxonomy.alias_entities[match.row])] for match in best]
    assert names == ["driver", "nurse"]


def test_what_is_withheld_is_not_found(taxonomy: CompiledTaxonomy) -> None:
    nurse = taxonomy.names.index("nurse")
    hidden = [Withheld(frozenset({nurse}), "staff nurse"), Withheld(frozenset({nurse}))]
    without_alias, without_entity = alike_matches(taxonomy, ["staff nurse"] * 2, EntityType.TITLE, withheld=hidden)
    entities = [
        {int(taxonomy.alias_entities[match.row]) for match in found} for found in (without_alias, without_entity)
    ]
    assert nurse in entities[0]
    assert nurse not in entities[1]
    assert all(taxonomy.alias_keys[match.row] != "staff nurse" for match in without_alias)


def test_a_taxonomy_compiled_with_another_encoder_is_refused(folder: Path) -> None:
    with pytest.raises(InvalidError, match="another encoder"):
        load(folder)
