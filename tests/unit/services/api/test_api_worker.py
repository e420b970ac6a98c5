import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from api_client import ApiClient, FixedSource, OpenClient

from classifiers.standardize.model import Answer, Query
from services.api.dependencies import ApiLimits


class HeldStandardizer:
    """Answers when it is told to, and notes how many threads were in it at once."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.release = threading.Event()
        self.inside = 0
        self.most_inside = 0

    def standardize(self, _query: Query, *, top: int) -> Answer:  # noqa: ARG002 - the real one's form
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.entered.release()
        self.release.wait(10)
        self.inside -= 1
        return Answer((), 1, "held")


@pytest.fixture
def held() -> Iterator[HeldStandardizer]:
    standardizer = HeldStandardizer()
    yield standardizer
    standardizer.release.set()


def post_text(opened: ApiClient) -> int:
    return opened.post("/v1/standardize", json={"text": "a"}).status_code


def test_the_process_says_that_it_is_alive_while_a_text_is_worked_on(
    open_client: OpenClient, held: HeldStandardizer
) -> None:
    opened = open_client(FixedSource(held))
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(post_text, opened)
        assert held.entered.acquire(timeout=5)
        assert opened.get("/healthz").json() == {"status": "alive"}
        assert not asked.done()
        held.release.set()
        assert asked.result() == 200


def test_one_text_is_worked_on_at_a_time(open_client: OpenClient, held: HeldStandardizer) -> None:
    opened = open_client(FixedSource(held))
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(post_text, opened) for _ in range(4)]
        assert held.entered.acquire(timeout=5)
        time.sleep(0.05)
        held.release.set()
        assert {one.result() for one in asked} == {200}
    assert held.most_inside == 1


def test_a_full_queue_tells_the_client_to_try_again(open_client: OpenClient, held: HeldStandardizer) -> None:
    opened = open_client(FixedSource(held), limits=ApiLimits(max_waiting_requests=1))
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(post_text, opened)
        assert held.entered.acquire(timeout=5)
        refused = opened.post("/v1/standardize", json={"text": "a"})
        held.release.set()
        assert asked.result() == 200
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
