from pathlib import Path

import pytest

from classifiers.standardize.calibration import load_calibration
from classifiers.standardize.compiled import compile_snapshot, load, save
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import Standardizer
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId, make_entity_id


def entity(
    kind: EntityType, name: str, *synonyms: str, abbreviations: tuple[str, ...] = (), **attributes: str
) -> Entity:
    source_id = SourceId("test", f"{kind}/{name}")
    aliases = [Alias(name, "en", AliasKind.CANONICAL, "test")]
    aliases += [Alias(text, "en", AliasKind.SYNONYM, "test") for text in synonyms]
    aliases += [Alias(text, "mul", AliasKind.ABBREVIATION, "test") for text in abbreviations]
    return Entity(
        make_entity_id(kind, source_id), kind, name, (source_id,), tuple(aliases), (), tuple(attributes.items())
    )


SMALL = Snapshot(
    1,
    (
        entity(EntityType.TITLE, "Software Engineer", "Software Developer", abbreviations=("SWE",)),
        entity(EntityType.TITLE, "Registered Nurse", abbreviations=("RN",)),
        entity(EntityType.TITLE, "Project Manager", abbreviations=("PM",)),
        entity(EntityType.TITLE, "Product Manager", abbreviations=("PM",)),
        entity(EntityType.TITLE, "Data Scientist"),
        entity(EntityType.SKILL, "Python", "Python programming"),
        entity(EntityType.SKILL, "C++"),
        entity(EntityType.SKILL, "C#"),
        entity(EntityType.SKILL, "Machine Learning", abbreviations=("ML",)),
        entity(EntityType.SKILL, "Django"),
        entity(EntityType.COMPANY, "Google"),
        entity(EntityType.SCHOOL, "Technische Universität München", abbreviations=("TUM",)),
        entity(EntityType.DEGREE, "Bachelor of Science", abbreviations=("B.Sc.",)),
        entity(EntityType.LOCATION, "Paris", population="2138551"),
        entity(EntityType.LOCATION, "Paris, Texas", "Paris", population="24476"),
        entity(EntityType.LOCATION, "東京", "Tokyo", population="8336599"),
    ),
)


@pytest.fixture(scope="session")
def standardizer(tmp_path_factory: pytest.TempPathFactory) -> Standardizer:
    folder: Path = tmp_path_factory.mktemp("compiled")
    save(compile_snapshot(SMALL), folder)
    return Standardizer(load(folder), load_calibration(), load_seniority())
