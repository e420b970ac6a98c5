"""What the API's tests ask with: an app in this process, over ASGI."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI

from classifiers.standardize.standardizer import Standardizer
from core.errors import RetryError


class FixedSource:
    """A source of the standardizer that it was given; None stands for one that is still loading."""

    def __init__(self, standardizer: Standardizer | None) -> None:
        self.standardizer = standardizer
        self.running = False

    def start(self) -> None:
        self.running = True

    def close(self) -> None:
        self.running = False

    def current(self) -> Standardizer:
        if self.standardizer is None:
            raise RetryError("the taxonomy is still being loaded")
        return self.standardizer


@dataclass(frozen=True)
class ApiClient:
    """Asks an app in this process, over ASGI, while its lifespan runs."""

    app: FastAPI
    http: httpx.AsyncClient
    portal: BlockingPortal

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's options
        async def ask() -> httpx.Response:
            return await self.http.request(method, path, **options)

        return self.portal.call(ask)

    def get(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's options
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's options
        return self.request("POST", path, **options)


OpenClient = Callable[..., ApiClient]
"""Makes a running app of a source, and asks it."""
