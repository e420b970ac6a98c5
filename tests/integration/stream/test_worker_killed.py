"""A worker that is killed loses nothing and applies nothing twice, whenever it happens."""

import random

import pytest
from deployment import Deployment, Fault
from small_world import make_events, publish_small, with_duplicates

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("moment", ["before_transaction", "before_commit", "after_commit"])
def test_kill_9_at_any_moment_of_a_batch_loses_nothing(deployment: Deployment, moment: str) -> None:
    publish_small(deployment.engine)
    events = make_events(deployment.engine, seed=1, members=80, jobs=10)
    deployment.send(with_duplicates(events, share=0.2, rng=random.Random(1)))

    killed = deployment.supervise(lambda: deployment.lag() == 0, what="all applied", fault=Fault(moment, 2))

    assert killed == 1
    deployment.check(events)
    assert deployment.ledger_is_at_the_end()
