"""Engines use psycopg 3 whatever the address says, and names of constraints follow one convention."""

import pytest
from sqlalchemy import CheckConstraint, Column, Integer, MetaData, Table

from core.database import METADATA, engine_for


@pytest.mark.parametrize(
    "address",
    ["postgresql://me@host:5433/db", "postgresql+psycopg://me@host:5433/db", "postgresql+psycopg2://me@host:5433/db"],
)
def test_the_driver_is_psycopg_3(address: str) -> None:
    engine = engine_for(address)
    assert engine.dialect.driver == "psycopg"
    assert (engine.url.host, engine.url.port, engine.url.database) == ("host", 5433, "db")
    engine.dispose()


def test_a_socket_folder_survives_in_the_address() -> None:
    engine = engine_for("postgresql://me@/db?host=/var/run/some%20where")
    assert engine.url.query["host"] == "/var/run/some where"
    engine.dispose()


def test_constraints_are_named_after_their_table() -> None:
    table = Table(
        "thing",
        MetaData(naming_convention=METADATA.naming_convention),
        Column("n", Integer, primary_key=True),
        CheckConstraint("n > 0", name="positive"),
    )
    assert sorted(str(constraint.name) for constraint in table.constraints) == ["ck_thing_positive", "pk_thing"]
