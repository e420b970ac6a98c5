"""Settings are read from the environment by their names, and refused where they make no sense."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.settings import Settings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(f"CANONYM_{field.upper()}", raising=False)
    for name in ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_variable_the_servers_are_embedded_ones() -> None:
    settings = Settings()
    assert (settings.database_url, settings.kafka_bootstrap_servers) == (None, None)
    assert settings.data_dir.name == "canonym"


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("CANONYM_DATA_DIR", "/data", "data_dir", Path("/data")),
        ("CANONYM_DATABASE_URL", "postgresql://a/b", "database_url", "postgresql://a/b"),
        ("DATABASE_URL", "postgresql://a/b", "database_url", "postgresql://a/b"),
        ("KAFKA_BOOTSTRAP_SERVERS", "a:1,b:2", "kafka_bootstrap_servers", "a:1,b:2"),
        ("CANONYM_PARTITIONS", "12", "partitions", 12),
        ("CANONYM_BATCH_WITHIN_SECONDS", "0.5", "batch_within_seconds", 0.5),
        ("CANONYM_WORKER_INSTANCE_ID", "worker-1.a_b", "worker_instance_id", "worker-1.a_b"),
        ("CANONYM_RELAY_METRICS_PORT", "9102", "relay_metrics_port", 9102),
        ("CANONYM_CALIBRATION", "/data/calibration.json", "calibration", Path("/data/calibration.json")),
        ("CANONYM_LINK_THRESHOLD", "0.4", "link_threshold", 0.4),
        ("CANONYM_LINK_THRESHOLDS", "title=0.6, company=0.75,", "link_thresholds", (("title", 0.6), ("company", 0.75))),
        ("CANONYM_LINK_THRESHOLDS", "", "link_thresholds", ()),
    ],
)
def test_a_variable_sets_its_field(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, field: str, expected: object
) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(Settings(), field) == expected


def test_canonyms_own_name_of_an_address_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://usual")
    monkeypatch.setenv("CANONYM_DATABASE_URL", "postgresql://own")
    assert Settings().database_url == "postgresql://own"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CANONYM_PARTITIONS", "0"),
        ("CANONYM_PARTITIONS", "many"),
        ("CANONYM_BATCH_MAX_EVENTS", "10001"),
        ("CANONYM_BATCH_WITHIN_SECONDS", "0"),
        ("CANONYM_MAX_EVENT_BYTES", "1"),
        ("CANONYM_WORKER_METRICS_PORT", "70000"),
        ("CANONYM_RELAY_METRICS_PORT", "0"),
        ("CANONYM_WORKER_INSTANCE_ID", ""),
        ("CANONYM_WORKER_INSTANCE_ID", "worker 1"),
        ("CANONYM_WORKER_INSTANCE_ID", "w" * 250),
        ("CANONYM_LOG_LEVEL", "LOUD"),
        ("CANONYM_LINK_THRESHOLD", "1"),
        ("CANONYM_LINK_THRESHOLDS", "title=1.2"),
        ("CANONYM_LINK_THRESHOLDS", "title=sure"),
        ("CANONYM_LINK_THRESHOLDS", "title 0.6"),
        ("CANONYM_LINK_THRESHOLDS", "=0.6"),
    ],
)
def test_a_value_out_of_range_is_refused_and_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError, match=variable.removeprefix("CANONYM_").lower()):
        Settings()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().partitions = 3  # type: ignore[misc]  # that is the point


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in Settings.model_fields.values())
