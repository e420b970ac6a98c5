"""Universities with their domains, in the JSON list of the project `world_universities_and_domains`."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import orjson

from taxonomy.importers import labels
from taxonomy.importers.labels import ANY_LANGUAGE, AliasCollector, clean_label, label_problem
from taxonomy.importers.model import Advance, Item, MalformedFileError, Source
from taxonomy.importers.rows import read_whole
from taxonomy.model import AliasKind, EntityDraft, EntityType, Rejection, SourceId

SOURCE: Final = "universities"
NOT_AN_OBJECT: Final = "entry is not an object with a name"


def read_schools(source: Source, advance: Advance) -> Iterator[Item]:
    """Yield the schools of each file.

    Raises:
        MalformedFileError: for a file that is not a JSON list.
    """
    seen: set[str] = set()
    for path in source.paths:
        text = read_whole(path, advance)
        entries = _parsed(text, file=path.name)
        domains = Counter(_domain(entry) for entry in entries)
        for number, entry in enumerate(entries, start=1):
            yield from _items(entry, source, file=path.name, number=number, domains=domains, seen=seen)


def _parsed(text: str, *, file: str) -> list[Any]:
    try:
        entries = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise MalformedFileError(file, line=error.lineno, column=error.colno, problem=error.msg) from error
    if not isinstance(entries, list):
        raise MalformedFileError(file, line=1, column=1, problem="not a JSON list of schools")
    return entries


def _domain(entry: Any) -> str:  # noqa: ANN401 - whatever the JSON holds
    if not isinstance(entry, dict) or not isinstance(entry.get("domains"), list):
        return ""
    domains = [domain for domain in entry["domains"] if isinstance(domain, str) and domain.strip()]
    return domains[0].strip().casefold() if domains else ""


def _text(entry: dict[str, Any], key: str) -> str:
    value = entry.get(key)
    return clean_label(value) if isinstance(value, str) else ""


def _items(
    entry: Any,  # noqa: ANN401 - whatever the JSON holds
    source: Source,
    *,
    file: str,
    number: int,
    domains: Counter[str],
    seen: set[str],
) -> Iterator[Item]:
    """Yield the draft of one entry; the line of a rejection is the number of the entry."""
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        yield Rejection(file, number, NOT_AN_OBJECT)
        return
    name, country, domain = _text(entry, "name"), _text(entry, "alpha_two_code"), _domain(entry)
    # Two schools behind one domain get an id from their names, whichever of them comes first in the file.
    value = domain if domain and domains[domain] == 1 else f"{name}, {country}"
    problem = label_problem(name) or (labels.DUPLICATE_ID if value in seen else None)
    if problem is not None:
        yield Rejection(file, number, problem, value)
        return
    seen.add(value)
    collector = AliasCollector(name, ANY_LANGUAGE, source=source.key)
    acronym = domain_acronym(name, domain)
    if acronym:
        collector.add(acronym, AliasKind.ABBREVIATION)
    attributes = (("country_code", country), ("domain", domain), ("region", _text(entry, "state-province")))
    yield EntityDraft(
        type=EntityType.SCHOOL,
        name=name,
        language=ANY_LANGUAGE,
        source_ids=(SourceId(SOURCE, value),),
        aliases=collector.aliases,
        attributes=tuple((key, text) for key, text in attributes if text),
    )
    yield from collector.rejections(file=file, line=number)


def domain_acronym(name: str, domain: str) -> str | None:
    """Return the first part of a domain in capitals, where it is made of the capitals of the name.

    So `mit.edu` gives MIT for Massachusetts Institute of Technology, and `berkeley.edu` gives nothing.
    """
    first = domain.partition(".")[0].upper()
    capitals = "".join(word[0] for word in name.replace("-", " ").split() if word[0].isupper())
    return first if len(first) > 1 and first == capitals else None
