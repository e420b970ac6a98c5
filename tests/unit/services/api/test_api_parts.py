import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from core.errors import InvalidError, RetryError
from services.api.cursor import decode_cursor, encode_cursor
from services.api.entities import aliases_by_language, names_by_language
from services.api.source import CurrentStandardizer
from taxonomy.model import Alias, AliasKind, Entity, EntityType, SourceId

_PART = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(_PART, _PART)
def test_a_cursor_comes_back_as_it_was_made(relation: str, entity_id: str) -> None:
    assert decode_cursor(encode_cursor(relation, entity_id)) == (relation, entity_id)


@given(st.text())
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(InvalidError, match="next_cursor"):
        decode_cursor(text)


def test_a_name_is_the_canonical_alias_or_else_the_surest_translation() -> None:
    aliases = (
        Alias("Nurse", "en", AliasKind.CANONICAL, "a"),
        Alias("RN", "en", AliasKind.ABBREVIATION, "a"),
        Alias("Pfleger", "de", AliasKind.TRANSLATION, "a", 0.4),
        Alias("Pflegefachkraft", "de", AliasKind.TRANSLATION, "a", 0.9),
        Alias("Krankenschwester", "de", AliasKind.SYNONYM, "a"),
    )
    entity = Entity("title_nurse", EntityType.TITLE, "Nurse", (SourceId("a", "1"),), aliases)
    assert names_by_language(entity) == {"de": "Pflegefachkraft", "en": "Nurse"}
    assert {language: len(found) for language, found in aliases_by_language(aliases).items()} == {
        "de": 3,
        "en": 2,
    }


def test_a_source_without_a_database_says_so_and_goes_on_looking() -> None:
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    source = CurrentStandardizer(engine, lambda _version: pytest.fail("nothing to open"), check_seconds=0.01)
    with pytest.raises(RetryError, match="still being loaded"):
        source.current()
    source.start()
    deadline = time.monotonic() + 5
    message = ""
    while "does not answer" not in message and time.monotonic() < deadline:
        with pytest.raises(RetryError) as raised:
            source.current()
        message = str(raised.value)
    source.close()
    engine.dispose()
    assert message == "the database does not answer"
