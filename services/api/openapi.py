"""The OpenAPI 3.1 document: what the framework generates, and the problems that any operation may answer."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from core.version import CODE_VERSION
from services.api.problems import MEDIA_TYPE, Problem

TITLE = "Canonym"
DESCRIPTION = "What people type in profiles and job posts, as entities of a standardized knowledge graph."
_UNUSED_SCHEMAS = ("HTTPValidationError", "ValidationError")


def openapi_of(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return a function that gives the document of an app, made once."""
    made: list[dict[str, Any]] = []

    def openapi() -> dict[str, Any]:
        if not made:
            made.append(_describe(app))
        return made[0]

    return openapi


def _describe(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=TITLE, version=CODE_VERSION, description=DESCRIPTION, openapi_version="3.1.0", routes=app.routes
    )
    schemas = document["components"]["schemas"]
    for name in _UNUSED_SCHEMAS:
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs")
    schemas["Problem"] = problem
    answer = {
        "description": "A problem (RFC 9457)",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for methods in document["paths"].values():
        for operation in methods.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = answer
    return document
