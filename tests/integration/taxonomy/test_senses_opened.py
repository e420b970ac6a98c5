"""Senses that were accepted are told apart by the model of the build that found them, where this machine has it."""

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from classifiers.standardize.model import Query
from classifiers.standardize.standardizer import Standardizer
from classifiers.standardize.store import open_standardizer
from core.database import transaction
from taxonomy.model import EntityType
from taxonomy.proposals.changes import sense_entity_id
from taxonomy.proposals.deciding import Verdict, decide
from taxonomy.proposals.model import JsonValue, Proposal, ProposalKind
from taxonomy.proposals.store import ProposalFilter, accepted_builds, write_proposals
from taxonomy.senses.contexts import ContextSpace
from taxonomy.senses.serving import SenseModel, save_sense_model

pytestmark = pytest.mark.integration

HEADS = ("java", "garden")
SENSES = Proposal(
    ProposalKind.SENSES,
    "spring",
    {"senses": list[JsonValue](sorted(HEADS))},
    0.9,
    20,
    (),
    {"type": "skill", "senses": [{"label": "java, maven"}, {"label": "garden, flowers"}]},
)
JAVA, GARDEN = (sense_entity_id("spring", EntityType.SKILL, head) for head in HEADS)


def model() -> SenseModel:
    """What the labels of both senses do not have: orm is beside Java, soil in the garden."""
    tokens = ("orm", "soil")
    axes = np.eye(2, dtype=np.float32)
    space = ContextSpace(
        tokens,
        np.ones(2, np.float32),
        axes,
        np.full(2, 0.1, np.float32),
        {token: row for row, token in enumerate(tokens)},
    )
    return SenseModel(space, ("spring",), (0, 2), HEADS, axes, np.full(2, 0.5, np.float32), 3.0, {"spring": 0})


def best(standardizer: Standardizer, context: str) -> str:
    query = Query("spring", EntityType.SKILL, context=context)
    return standardizer.standardize(query).mentions[0].candidates[0].entity_id


@pytest.fixture
def accepted(engine: Engine) -> Engine:
    other = Proposal(ProposalKind.SENSES, "chef", {"senses": ["a", "b"]}, 0.9, 1, (), {"type": "title"})
    with transaction(engine) as connection:
        write_proposals(connection, "build1", [SENSES])
        write_proposals(connection, "build2", [other])
        wanted = ProposalFilter(fingerprints=(SENSES.fingerprint,))
        decide(connection, wanted, Verdict(accept=True, decided_by="Ada"), lambda _connection, _ids: {})
    return engine


def test_the_model_of_the_build_that_found_accepted_senses_is_served(accepted: Engine, data_dir: Path) -> None:
    with accepted.connect() as connection:
        assert accepted_builds(connection, ProposalKind.SENSES, most=4) == ["build1"]
    plain = open_standardizer(accepted, data_dir)
    assert best(plain, "orm") == best(plain, "soil")
    save_sense_model(model(), data_dir / "builds" / "build1" / "senses")
    served = open_standardizer(accepted, data_dir)
    assert (best(served, "orm"), best(served, "soil")) == (JAVA, GARDEN)


def test_a_damaged_model_is_left_out_and_named(accepted: Engine, data_dir: Path) -> None:
    folder = data_dir / "builds" / "build1" / "senses"
    save_sense_model(model(), folder)
    (folder / "centres.npy").write_bytes(b"damaged")
    said: list[str] = []
    standardizer = open_standardizer(accepted, data_dir, on_step=said.append)
    assert standardizer.senses.models == ()
    assert any("senses of a build are left out" in line and "SHA-256" in line for line in said)
