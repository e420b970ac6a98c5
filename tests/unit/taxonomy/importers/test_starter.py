"""The starter taxonomy: tables of our own, places and languages of packages."""

from pathlib import Path

import pytest

from core.errors import InvalidError
from taxonomy.importers import starter
from taxonomy.importers.read import read_source
from taxonomy.importers.starter import starter_id, starter_source
from taxonomy.model import (
    AliasKind,
    EntityDraft,
    EntityRelation,
    EntityType,
    ParentRef,
    Rejection,
    SourceId,
)

TABLES = {
    "skills": "key\tname\tgroup\taliases\tabbreviations\tmisspellings\tde\tes\n"
    "python\tPython\tprogramming\tPython 3 | Python3\t\tPhyton\t\t\n"
    "ml\tMachine learning\tprogramming\t\tML\t\tMaschinelles Lernen\taprendizaje automático\n"
    "ml\tAgain\t\t\t\t\t\t\n",
    "titles": "key\tname\tsupertitle\tfunction\taliases\tabbreviations\tde\tes\n"
    "dev\tSoftware Developer\tdeveloper\tengineering\t\tSWE\tEntwickler\tdesarrollador\n",
    "companies": "key\tname\tindustry\tcountry\taliases\nacme\tAcme\tsoftware\tUS\tAcme Inc.\n",
}


@pytest.fixture(scope="module")
def shipped() -> list[EntityDraft | Rejection]:
    """Everything that comes with Canonym; tens of thousands of places take a second to read, so it is read once."""
    return list(read_source(starter_source()))


@pytest.fixture(scope="module")
def items(
    tmp_path_factory: pytest.TempPathFactory, shipped: list[EntityDraft | Rejection]
) -> list[EntityDraft | Rejection]:
    """Small tables, followed by the places and languages, which no table changes."""
    folder = tmp_path_factory.mktemp("starter")
    for name, text in TABLES.items():
        (folder / f"{name}.tsv").write_text(text, encoding="utf-8")
    (folder / "seniority.tsv").write_text("word\tlevel\nsenior\t5\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(starter, "_places", lambda _source: (item for item in shipped if not is_of_a_table(item)))
        patch.setattr(starter, "_languages", lambda _source: ())
        return list(read_source(starter_source(folder)))


def is_of_a_table(item: EntityDraft | Rejection) -> bool:
    if isinstance(item, Rejection):
        return item.file.endswith(".tsv")
    return item.source_ids[0].source == starter.SOURCE


@pytest.fixture(scope="module")
def drafts(items: list[EntityDraft | Rejection]) -> dict[SourceId, EntityDraft]:
    return {item.source_ids[0]: item for item in items if isinstance(item, EntityDraft)}


def test_columns_become_aliases_of_their_kind(drafts: dict[SourceId, EntityDraft]) -> None:
    learning = drafts[starter_id(EntityType.SKILL, "ml")]
    assert [(alias.text, alias.kind, alias.language) for alias in learning.aliases] == [
        ("ML", AliasKind.ABBREVIATION, "mul"),
        ("Maschinelles Lernen", AliasKind.TRANSLATION, "de"),
        ("aprendizaje automático", AliasKind.TRANSLATION, "es"),
    ]
    python = drafts[starter_id(EntityType.SKILL, "python")]
    assert [alias.text for alias in python.aliases] == ["Python 3", "Python3", "Phyton"]


def test_keys_in_other_tables_become_edges(drafts: dict[SourceId, EntityDraft]) -> None:
    assert drafts[starter_id(EntityType.TITLE, "dev")].parents == (
        ParentRef(EntityRelation.BROADER, SourceId("starter", "supertitle/developer")),
        ParentRef(EntityRelation.FUNCTION, SourceId("starter", "function/engineering")),
    )
    acme = drafts[starter_id(EntityType.COMPANY, "acme")]
    assert acme.parents == (ParentRef(EntityRelation.INDUSTRY, SourceId("starter", "industry/software")),)
    assert (acme.language, acme.attributes) == ("mul", (("country_code", "US"),))


def test_a_key_that_stands_twice_is_rejected(items: list[EntityDraft | Rejection]) -> None:
    assert [item.line for item in items if isinstance(item, Rejection) and item.file == "skills.tsv"] == [4]


def test_places_have_the_ids_of_geonames(drafts: dict[SourceId, EntityDraft]) -> None:
    germany, berlin = drafts[SourceId("geonames", "2921044")], drafts[SourceId("geonames", "2950159")]
    assert (germany.name, berlin.name) == ("Germany", "Berlin")
    assert [parent.parent for parent in berlin.parents] == [SourceId("iso3166-2", "DE-BE"), germany.source_ids[0]]


def test_spoken_languages_have_names_in_other_languages(drafts: dict[SourceId, EntityDraft]) -> None:
    german = drafts[SourceId("iso639-3", "deu")]
    assert (german.type, german.name) == (EntityType.LANGUAGE, "German")
    assert {("DE", "mul"), ("Deutsch", "de"), ("Alemán", "es")} <= {
        (alias.text, alias.language) for alias in german.aliases
    }
    assert drafts[SourceId("iso639-3", "ell")].name == "Greek"
    assert SourceId("iso639-3", "cmn") in drafts
    assert SourceId("iso639-3", "grc") not in drafts


def test_words_of_seniority_are_no_entities(drafts: dict[SourceId, EntityDraft]) -> None:
    assert "senior" not in {draft.name for draft in drafts.values()}


def test_missing_tables_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="no starter tables"):
        starter_source(tmp_path)


def test_the_tables_that_come_with_canonym_are_read_without_loss(shipped: list[EntityDraft | Rejection]) -> None:
    names = {path.name for path in starter_source().paths}
    assert not [item for item in shipped if isinstance(item, Rejection) and item.file in names]
    drafts = [item for item in shipped if isinstance(item, EntityDraft)]
    known = {item.source_ids[0] for item in drafts}
    assert not {parent.parent for item in drafts for parent in item.parents} - known
    assert len({item.entity_id for item in drafts}) == len(drafts)
