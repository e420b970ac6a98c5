"""`/docs`: the operations on one page that loads nothing from anywhere."""

from collections.abc import Callable
from html import escape
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1a1a1a; background: #fff; }
h2 { margin: 2rem 0 .25rem; font-size: 1.1rem; } code, pre { font-family: ui-monospace, monospace; }
.method { display: inline-block; min-width: 3.5rem; font-weight: 700; color: #0b5394; }
table { border-collapse: collapse; margin: .5rem 0; } td, th { text-align: left; padding: .2rem 1rem .2rem 0;
        vertical-align: top; border-bottom: 1px solid #ddd; }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #161616; } .method { color: #8ab4f8; }
        td, th { border-color: #444; } a { color: #8ab4f8; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def documents_router(describe: Callable[[], dict[str, Any]]) -> APIRouter:
    """Return the documentation page; `describe` gives the OpenAPI document."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def docs() -> HTMLResponse:
        """Show every operation."""
        return HTMLResponse(docs_page(describe()), headers={"Content-Security-Policy": _POLICY})

    return router


def docs_page(document: dict[str, Any]) -> str:
    """Return the page of an OpenAPI document, everything in it escaped."""
    title = escape(f"{document['info']['title']} {document['info']['version']}")
    operations = "".join(
        _operation(path, method, operation, document)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1><p>{escape(document['info'].get('description', ''))} "
        f'The full description is <a href="/openapi.json">openapi.json</a>.</p>{operations}</body></html>'
    )


def _operation(path: str, method: str, operation: dict[str, Any], document: dict[str, Any]) -> str:
    rows = [
        (item["name"], item["in"], _kind(item["schema"]), item.get("description", ""))
        for item in operation.get("parameters", ())
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    rows += [] if body is None else _body_rows(_resolved(body, document))
    return (
        f'<h2 id="{escape(operation["operationId"])}"><span class="method">{escape(method.upper())}</span> '
        f"<code>{escape(path)}</code></h2><p>{escape(operation.get('description', ''))}</p>{_table(rows)}"
    )


def _body_rows(schema: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    required = schema.get("required", ())
    return [
        (name, "body, required" if name in required else "body", _kind(part), part.get("description", ""))
        for name, part in schema.get("properties", {}).items()
    ]


def _table(rows: list[tuple[str, str, str, str]]) -> str:
    if not rows:
        return ""
    cells = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr><th>name</th><th>in</th><th>type</th><th>meaning</th></tr>{cells}</table>"


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"].get(name, schema)
    return found


def _kind(schema: dict[str, Any]) -> str:
    """Return the type of a parameter in a few words."""
    if "anyOf" in schema:
        return " or ".join(_kind(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("type", "any"))
