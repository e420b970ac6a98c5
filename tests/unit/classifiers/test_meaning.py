from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from classifiers.encoder.linear import load_encoder
from classifiers.standardize.compiled import CompiledTaxonomy, compile_snapshot, load, save
from classifiers.standardize.match import Match
from classifiers.standardize.meaning import MeaningIndex, Prominence, build_meaning
from classifiers.standardize.ngrams import AlikeRows
from classifiers.standardize.search import Withheld, alike_matches
from classifiers.standardize.text import fold
from core.errors import InvalidError
from taxonomy.model import EntityType, Snapshot

GROUPS = {
    "nurse": ["registered nurse", "staff nurse", "hospital nurse"],
    "developer": ["software developer", "programmer", "application developer"],
    "driver": ["truck driver", "lorry driver", "heavy goods vehicle driver"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, titles_of: Callable[..., Snapshot]) -> Path:
    path = tmp_path_factory.mktemp("compiled")
    save(compile_snapshot(titles_of(GROUPS)), path, load_encoder())
    return path


@pytest.fixture(scope="module")
def taxonomy(folder: Path) -> CompiledTaxonomy:
    return load(folder, load_encoder())


def index_of_groups() -> tuple[MeaningIndex, list[str]]:
    keys = [fold(text) for labels in GROUPS.values() for text in labels]
    entities = np.repeat(np.arange(3, dtype=np.int32), 3)
    return build_meaning(load_encoder(), keys, np.arange(9, dtype=np.int32), entities), keys


def joined(index: MeaningIndex, keys: list[str], alike: list[list[tuple[int, float]]], each: int) -> list[list[Match]]:
    width = max(1, *map(len, alike))
    rows, similarities = np.zeros((len(keys), width), np.int32), np.zeros((len(keys), width), np.float32)
    for query, found in enumerate(alike):
        for place, (row, similarity) in enumerate(found):
            rows[query, place], similarities[query, place] = row, similarity
    counts = np.array([len(found) for found in alike])
    ones = np.ones(9, dtype=np.float32)
    prominence = Prominence(np.repeat(np.arange(3, dtype=np.int32), 3), ones, ones)
    joint = index.joined(keys, AlikeRows(counts, rows, similarities), prominence, each=each, most=99)
    return [joint.matches(text) for text in range(len(keys))]


def test_a_search_agrees_with_comparing_everything() -> None:
    index, keys = index_of_groups()
    queries = ["Krankenschwester", "java developer", "van driver"]
    encoder = load_encoder()
    vectors, aliases = encoder.encode(queries), encoder.encode_folded(keys)
    found = joined(index, [fold(query) for query in queries], [[], [], []], 3)
    for vector, matches in zip(vectors, found, strict=True):
        cosines = (aliases @ vector).reshape(3, 3)
        assert {match.row // 3: match.row for match in matches} == {
            entity: 3 * entity + int(cosines[entity].argmax()) for entity in range(3)
        }
        for match in matches:
            assert match.meaning == pytest.approx(cosines[match.row // 3].max(), abs=0.01)
        assert [match.score for match in matches] == sorted((match.score for match in matches), reverse=True)


def test_entities_that_look_alike_are_looked_at_though_others_are_nearer() -> None:
    index, _ = index_of_groups()
    alone, both, shown = joined(index, ["truck driver"] * 3, [[], [(1, 0.5)], [(1, 0.7), (0, 0.6), (8, 0.65)]], 2)
    assert {match.row // 3 for match in alone} == {1, 2}
    assert {match.row // 3: match.similarity for match in both} == {0: 0.5, 2: 0.0}
    assert {match.row: round(match.similarity, 2) for match in shown} == {1: 0.7, 8: 0.65}


def test_aliases_stay_with_their_entities_and_narrowed_indexes_find_what_lies_in_far_groups() -> None:
    places = ("ward", "school", "hotel", "court", "farm", "mine", "ship", "bank", "forest", "theatre")
    jobs = ("nurse", "teacher", "cook", "clerk", "driver", "painter", "guard", "doctor", "tailor", "miner")
    names = [f"{where} {who} {letter}" for letter in "abc" for who in jobs for where in places]
    keys = [name + ending for name in names for ending in ("", "s")]
    entities = np.repeat(np.arange(300, dtype=np.int32), 2)
    index = build_meaning(load_encoder(), keys, np.arange(600, dtype=np.int32), entities)
    own = index.arrays
    assert len(own.group_starts) > 4
    assert sorted(own.entities.tolist()) == list(range(300))
    for place, entity in enumerate(own.entities.tolist()):
        rows = own.rows[own.starts[place] : own.starts[place + 1]]
        assert entities[rows].tolist() == [entity, entity]
        vectors = load_encoder().encode_folded([keys[row] for row in rows])
        assert own.vectors[own.starts[place]] * own.scales[own.starts[place]] == pytest.approx(vectors[0], abs=0.01)
    vector = index.vectors([keys[0]])[0]
    farthest = int((own.centres @ vector).argmin())
    only = index.narrowed(np.arange(300) == farthest)
    ones = np.ones(600, dtype=np.float32)
    none = AlikeRows(np.zeros(1, dtype=np.int64), np.zeros((1, 1), np.int32), np.zeros((1, 1), np.float32))
    found = only.joined([keys[0]], none, Prominence(entities, ones, ones), each=5, most=99)
    assert [int(entities[match.row]) for match in found.matches(0)] == [int(own.entities[farthest])]


def test_a_text_without_words_means_nothing_and_is_what_it_looks_like() -> None:
    index, _ = index_of_groups()
    nothing, something = joined(index, ["", ""], [[], [(4, 0.5), (3, 0.4), (7, 0.3)]], 3)
    assert nothing == []
    assert [(match.row, match.meaning, match.centre) for match in something] == [(4, None, None), (7, None, None)]
    assert [match.similarity for match in something] == pytest.approx([0.5, 0.3])


def test_a_title_is_found_by_its_meaning_in_another_language(taxonomy: CompiledTaxonomy) -> None:
    found = alike_matches(taxonomy, [fold("Lastwagenfahrer"), fold("Krankenpfleger")], EntityType.TITLE)
    best = [max(matches, key=lambda match: match.score) for matches in found]
    names = [taxonomy.names[int(taxonomy.alias_entities[match.row])] for match in best]
    assert names == ["driver", "nurse"]


def test_what_is_withheld_is_not_found(taxonomy: CompiledTaxonomy) -> None:
    nurse = list(taxonomy.names).index("nurse")
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
