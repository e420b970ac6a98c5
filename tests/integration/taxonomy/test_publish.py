"""Publishing makes a version where anything changed, and nothing at all where it fails."""

from collections.abc import Iterable, Iterator

import pytest
from sqlalchemy import Engine, text

from core.database import engine_for, transaction
from core.errors import NotFoundError
from core.outbox import read_messages
from core.wire import TaxonomyChange, decode_event
from migrations.run import schema_differences, upgrade
from taxonomy.model import (
    Alias,
    AliasKind,
    ChangeCounts,
    EntityDraft,
    EntityRelation,
    EntityType,
    ImportReport,
    ParentRef,
    Rejection,
    Snapshot,
    SourceId,
)
from taxonomy.publish import publish
from taxonomy.repository import current_version, find_entity_ids, list_versions, read_entity, read_snapshot

pytestmark = pytest.mark.integration


def draft(
    name: str, *, aliases: Iterable[str] = (), parents: Iterable[str] = (), source: str = "s", **attributes: str
) -> EntityDraft:
    return EntityDraft(
        type=EntityType.SKILL,
        name=name.rpartition("/")[2],
        language="en",
        source_ids=(SourceId(source, name.partition("/")[0]),),
        aliases=tuple(Alias(text, "en", AliasKind.SYNONYM, source, 0.9) for text in aliases),
        parents=tuple(ParentRef(EntityRelation.BROADER, SourceId(source, parent)) for parent in parents),
        attributes=tuple(attributes.items()),
    )


def put(engine: Engine, *items: EntityDraft | Rejection, source: str = "s") -> ImportReport:
    with transaction(engine) as connection:
        return publish(connection, source, items)


def snapshot(engine: Engine, version: int | None = None) -> Snapshot:
    with engine.connect() as connection:
        return read_snapshot(connection, version)


def names(engine: Engine, version: int | None = None) -> list[str]:
    return sorted(entity.name for entity in snapshot(engine, version).entities)


def edges(engine: Engine) -> set[tuple[str, str]]:
    found = snapshot(engine)
    name_of = {entity.entity_id: entity.name for entity in found.entities}
    return {(entity.name, name_of[parent]) for entity in found.entities for _, parent in entity.parents}


def test_the_first_publication_is_version_1_with_its_counts(engine: Engine) -> None:
    report = put(engine, draft("a", aliases=["A1", "A2"]), draft("b", parents=["a"]))
    assert report.version == 1
    assert report.changes == ChangeCounts(entities_added=2, aliases_added=4, relations_added=1)
    with engine.connect() as connection:
        [info] = list_versions(connection)
        assert info.changelog["aliases_added"] == 4


def test_the_same_again_changes_nothing_and_makes_no_version(engine: Engine) -> None:
    drafts = [draft("a", aliases=["A1"], population="7"), draft("b", parents=["a"])]
    put(engine, *drafts)
    before = snapshot(engine)
    for again in (drafts, drafts[::-1], [*drafts, drafts[0]]):
        report = put(engine, *again)
        assert (report.version, report.changes) == (None, ChangeCounts())
    assert snapshot(engine) == before
    with engine.connect() as connection:
        assert current_version(connection) == 1
        assert len(read_messages(connection, limit=10)) == 1


def test_what_a_source_no_longer_says_is_retired_and_older_versions_stay_readable(engine: Engine) -> None:
    put(engine, draft("a", aliases=["A1"]), draft("b", parents=["a"]), draft("c"))
    first = snapshot(engine, 1)
    report = put(engine, draft("a/A new", aliases=["A2"]), draft("b"))
    assert report.version == 2
    assert (report.changes.entities_changed, report.changes.entities_retired) == (1, 1)
    assert (report.changes.entities_added, report.changes.relations_retired) == (0, 1)
    assert names(engine) == ["A new", "b"]
    assert names(engine, 1) == ["a", "b", "c"]
    assert snapshot(engine, 1) == first
    put(engine, draft("a", aliases=["A1"]), draft("b", parents=["a"]), draft("c"))
    assert snapshot(engine, 3).entities == first.entities


def test_an_entity_keeps_its_id_over_names_and_versions(engine: Engine) -> None:
    put(engine, draft("a"))
    put(engine, draft("a/renamed"))
    entity_id = draft("a").entity_id
    with engine.connect() as connection:
        assert read_entity(connection, entity_id, version=1).name == "a"
        assert read_entity(connection, entity_id).name == "renamed"
        assert find_entity_ids(connection, "s", "a") == [entity_id]
        put(engine, draft("b"))
        assert read_entity(connection, entity_id).name == "renamed"


def test_sources_do_not_retire_each_others_rows(engine: Engine) -> None:
    put(engine, draft("a"))
    put(engine, draft("b", source="t"), source="t")
    put(engine, draft("c"), source="s")
    assert names(engine) == ["b", "c"]
    assert put(engine, source="t").changes.entities_retired == 1
    assert names(engine) == ["c"]


def test_a_reader_that_fails_half_way_changes_nothing(engine: Engine) -> None:
    put(engine, draft("a"))
    before = snapshot(engine)

    def items() -> Iterator[EntityDraft]:
        for number in range(5_500):
            yield draft(f"n{number}")
        raise OSError("the file is cut off")

    def publish_broken() -> None:
        with transaction(engine) as connection:
            publish(connection, "s", items())

    with pytest.raises(OSError, match="cut off"):
        publish_broken()
    assert snapshot(engine) == before
    assert put(engine, draft("a"), draft("b")).version == 2


def test_an_unknown_parent_is_left_out_and_named(engine: Engine) -> None:
    report = put(engine, draft("a", parents=["nobody"]), draft("b", parents=["a"]))
    assert report.rejections_by_reason() == {"unknown parent": 1}
    assert report.rejections[0].detail.endswith("-> s nobody")
    assert edges(engine) == {("b", "a")}


def test_rows_that_the_reader_left_out_are_reported(engine: Engine) -> None:
    rejection = Rejection("file.csv", 7, "no name")
    report = put(engine, draft("a"), rejection)
    assert (report.rows_read, report.rejections) == (2, (rejection,))


def test_a_parent_that_closes_a_cycle_is_left_out(engine: Engine) -> None:
    report = put(engine, draft("a", parents=["c"]), draft("b", parents=["a"]), draft("c", parents=["b"]))
    assert report.rejections_by_reason() == {"parent closes a cycle": 1}
    assert len(edges(engine)) == 2


def test_an_entity_is_not_its_own_parent(engine: Engine) -> None:
    put(engine, draft("a", parents=["a"]))
    assert edges(engine) == set()


def test_a_cycle_with_another_sources_edge_is_left_out(engine: Engine) -> None:
    put(engine, draft("a"), draft("b", parents=["a"]))
    report = put(engine, draft("a", parents=["b"]), source="t")
    assert report.rejections_by_reason() == {"parent closes a cycle": 1}
    assert edges(engine) == {("b", "a")}


@pytest.mark.parametrize("pair", [("a", "b"), ("b", "a")])
def test_an_edge_that_another_source_holds_already_is_not_the_one_left_out(
    engine: Engine, pair: tuple[str, str]
) -> None:
    child, parent = pair
    put(engine, draft(parent), draft(child, parents=[parent]))
    put(engine, draft(child, parents=[parent]), draft(parent, parents=[child]), source="t")
    assert edges(engine) == {(child, parent)}


def test_a_publication_is_announced_with_its_counts(engine: Engine) -> None:
    put(engine, draft("a"))
    with engine.connect() as connection:
        [row] = read_messages(connection, limit=10)
    assert row.message.value is not None
    event = decode_event(row.message.value, max_bytes=10_000)
    assert (row.message.topic, row.message.key, event.sequence) == ("taxonomy-changes", "taxonomy", 1)
    assert isinstance(event.data, TaxonomyChange)
    assert (event.data.version, event.data.source, event.data.changelog["entities_added"]) == (1, "s", 1)


def test_an_empty_database_and_an_unknown_version_say_so(engine: Engine) -> None:
    with engine.connect() as connection:
        with pytest.raises(NotFoundError, match="no taxonomy is loaded yet"):
            read_snapshot(connection)
        put(engine, draft("a"))
        with pytest.raises(NotFoundError, match="versions are 1 to 1"):
            read_snapshot(connection, 2)
        with pytest.raises(NotFoundError, match="does not exist in taxonomy version 1"):
            read_entity(connection, "skill_unknown")


def test_two_publications_at_once_wait_for_each_other(engine: Engine) -> None:
    with transaction(engine) as first:
        publish(first, "s", [draft("a")])
        with engine.connect() as second, second.begin():
            second.execute(text("SET LOCAL lock_timeout = '200ms'"))
            with pytest.raises(Exception, match="lock timeout"):
                publish(second, "t", [draft("b", source="t")])
    assert put(engine, draft("b", source="t"), source="t").version == 2


def test_the_migrations_make_exactly_the_tables_of_the_code(empty_database_url: str) -> None:
    engine = engine_for(empty_database_url)
    upgrade(engine)
    upgrade(engine)
    with engine.connect() as connection:
        assert schema_differences(connection) == []
    engine.dispose()
