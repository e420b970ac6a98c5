"""Recognition of taxonomy files by their names and headers."""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import orjson

from core.errors import InvalidError, NotFoundError
from taxonomy.importers import esco, onet, plain
from taxonomy.importers.model import Source
from taxonomy.importers.rows import ignore_progress, read_lines

UNDERSTOOD: Final = (
    "ESCO in CSV (occupations_en.csv, skills_en.csv, ...), "
    "O*NET in tab-separated files ('Occupation Data.txt', 'Alternate Titles.txt', ...), "
    "GeoNames (cities15000.txt beside countryInfo.txt), "
    "world_universities_and_domains.json, "
    "CSV with the columns type and name, JSON Lines (.jsonl) with type and name; "
    "each may be gzipped (.gz). docs/taxonomy-files.md has an example of each"
)

_ESCO: Final = re.compile(r"^(?P<stem>[A-Za-z]+)(?:_(?P<language>[a-z]{2}))?\.csv(?:\.gz)?$")
_ONET: Final = re.compile(r"\.(?:txt|tsv)(?:\.gz)?$", re.IGNORECASE)
_CITIES: Final = re.compile(r"^cities\w*\.txt(?:\.gz)?$")
_COUNTRIES: Final = re.compile(r"^countryInfo\.(?:txt|tsv)(?:\.gz)?$")
_UNIVERSITIES: Final = re.compile(r"^world_universities_and_domains\.json(?:\.gz)?$")
_PLAIN: Final = re.compile(r"^(?P<stem>.+)\.(?P<kind>csv|jsonl)(?:\.gz)?$")
_FIRST_LANGUAGE: Final = "en"


def detect(path: Path) -> list[Source]:
    """Return the sources in a file or a folder and the folders below it, English ESCO before other languages.

    A file stands for the source that it belongs to: `Occupation Data.txt` brings the O*NET files beside it.

    Raises:
        NotFoundError: where there is no such file or folder.
        InvalidError: where nothing is recognised, or one source is there twice.
    """
    if not path.exists():
        raise NotFoundError(f"no file or folder {path}")
    folders = [path.parent] if path.is_file() else _folders(path)
    sources = [source for folder in folders for source in _in_folder(folder)]
    if path.is_file():
        sources = [source for source in sources if path in source.paths]
    if not sources:
        raise InvalidError(f"nothing in {path} is recognised; understood are {UNDERSTOOD}")
    _refuse_twins(sources)
    return sorted(sources, key=_order)


def _folders(path: Path) -> list[Path]:
    below = (folder for folder in path.rglob("*") if folder.is_dir() and not folder.name.startswith("."))
    return [path, *sorted(below)]


def _in_folder(folder: Path) -> list[Source]:
    paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    found = [*_esco(paths), *_onet(paths), *_geonames(paths), *_universities(paths)]
    taken = {path for source in found for path in source.paths}
    return [*found, *_plain(path for path in paths if path not in taken)]


def _esco(paths: list[Path]) -> list[Source]:
    """Group the files by language; those that name no language (relations) belong to every language here."""
    by_language: dict[str, list[Path]] = defaultdict(list)
    shared: list[Path] = []
    for path in paths:
        match = _ESCO.match(path.name)
        if match is None or match["stem"] not in esco.FILE_STEMS:
            continue
        if match["language"]:
            by_language[match["language"]].append(path)
        else:
            shared.append(path)
    return [
        Source(f"esco:{language}", "esco", (*files, *shared), f"ESCO, {language}")
        for language, files in sorted(by_language.items())
    ]


def _onet(paths: list[Path]) -> list[Source]:
    files = tuple(path for path in paths if _ONET.search(path.name) and onet.file_stem(path) in onet.FILE_STEMS)
    if not any(onet.file_stem(path) == onet.OCCUPATIONS for path in files):
        return []
    return [Source("onet", "onet", files, "O*NET")]


def _geonames(paths: list[Path]) -> list[Source]:
    cities = [path for path in paths if _CITIES.match(path.name)]
    countries = [path for path in paths if _COUNTRIES.match(path.name)]
    if not cities:
        return []
    if not countries:
        raise InvalidError(f"{cities[0]} needs countryInfo.txt of GeoNames beside it")
    return [Source("geonames", "geonames", (*countries, *cities), "GeoNames")]


def _universities(paths: list[Path]) -> list[Source]:
    files = tuple(path for path in paths if _UNIVERSITIES.match(path.name))
    return [Source("universities", "universities", files, "Universities and domains")] if files else []


def _plain(paths: Iterable[Path]) -> list[Source]:
    sources = []
    for path in paths:
        match = _PLAIN.match(path.name)
        if match and _looks_plain(path, is_json=match["kind"] == "jsonl"):
            sources.append(Source(f"plain:{match['stem']}", "plain", (path,), path.name))
    return sources


def _looks_plain(path: Path, *, is_json: bool) -> bool:
    """Whether the first line has what an entity file needs; other CSV and JSON Lines files are left alone."""
    first = next((line for line in read_lines(path, ignore_progress) if line.strip()), "")
    if not is_json:
        columns = {column.strip().strip('"') for column in first.split(",")}
        return columns.issuperset(plain.NEEDED_COLUMNS)
    try:
        entry = orjson.loads(first)
    except orjson.JSONDecodeError:
        return first.lstrip().startswith("{")
    return isinstance(entry, dict) and entry.keys() >= set(plain.NEEDED_COLUMNS)


def _refuse_twins(sources: list[Source]) -> None:
    first: dict[str, Source] = {}
    for source in sources:
        other = first.setdefault(source.key, source)
        if other is not source:
            raise InvalidError(
                f"{source.key} is there twice, in {other.paths[0].parent} and in {source.paths[0].parent}; "
                "name the one to import"
            )


def _order(source: Source) -> tuple[int, str]:
    rank = {"esco": 0, "onet": 1, "geonames": 2, "universities": 3}.get(source.format, 4)
    later = source.format == "esco" and not source.key.endswith(f":{_FIRST_LANGUAGE}")
    return (rank, f"{int(later)}{source.key}")
