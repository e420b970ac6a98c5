import numpy as np
import pytest

from classifiers.training.titles import labelled_titles
from core.errors import InvalidError
from taxonomy.model import UNUSABLE, Alias, AliasKind, Entity, EntityType, Snapshot, SourceId


def title(key: str, name: str, *aliases: tuple[str, str, AliasKind], unusable: bool = False) -> Entity:
    return Entity(
        f"title/{key}",
        EntityType.TITLE,
        name,
        (SourceId("esco", f"http://esco/{key}"),),
        tuple(Alias(text, language, kind, "esco") for text, language, kind in aliases),
        attributes=((UNUSABLE, "a joke"),) if unusable else (),
    )


SNAPSHOT = Snapshot(
    1,
    (
        title("a", "baker", ("pastry baker", "en", AliasKind.SYNONYM), ("Bäcker", "de", AliasKind.TRANSLATION)),
        title("b", "nurse", ("nruse", "en", AliasKind.MISSPELLING)),
        title("c", "code wizard", unusable=True),
        Entity("skill/x", EntityType.SKILL, "Python", (SourceId("esco", "http://esco/x"),), ()),
    ),
)


def test_rows_name_titles_by_their_id_or_that_of_their_source() -> None:
    rows = [("bread artist", "title/a"), ("ward angel", "http://esco/b"), ("magician", "title/c"), ("", "title/a")]
    found = labelled_titles(SNAPSHOT, rows)
    assert (found.texts, found.entities, found.unknown) == (("bread artist", "ward angel"), (0, 1), 2)
    assert found.entity_ids == ("title/a", "title/b")
    assert found.labels.texts == ("baker", "pastry baker", "nurse")
    assert np.array_equal(found.labels.entities, [0, 0, 1])


def test_rows_that_name_nothing_and_a_taxonomy_without_titles_are_refused() -> None:
    with pytest.raises(InvalidError, match="none of 1 rows"):
        labelled_titles(SNAPSHOT, [("bread artist", "nowhere")])
    with pytest.raises(InvalidError, match="no titles"):
        labelled_titles(Snapshot(1, ()), [("bread artist", "title/a")])
