import pytest

from core.database import engine_for
from migrations.__main__ import main
from migrations.run import schema_differences

pytestmark = pytest.mark.integration


def test_an_empty_database_gets_the_schema_and_a_second_run_changes_nothing(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CANONYM_DATABASE_URL", empty_database_url)
    assert main([]) == 0
    assert main([]) == 0
    assert capsys.readouterr().out == "The schema is up to date.\n" * 2
    engine = engine_for(empty_database_url)
    with engine.connect() as connection:
        assert schema_differences(connection) == []
    engine.dispose()
