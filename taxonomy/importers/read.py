"""The table of readers, and the one way to read a source."""

from collections.abc import Iterator, Mapping
from typing import Final

from taxonomy.importers.esco import read_esco
from taxonomy.importers.model import Advance, Item, Reader, Source
from taxonomy.importers.onet import read_onet
from taxonomy.importers.places import read_places
from taxonomy.importers.plain import read_plain
from taxonomy.importers.rows import ignore_progress
from taxonomy.importers.schools import read_schools
from taxonomy.importers.starter import read_starter

READERS: Final[Mapping[str, Reader]] = {
    "esco": read_esco,
    "onet": read_onet,
    "geonames": read_places,
    "universities": read_schools,
    "plain": read_plain,
    "starter": read_starter,
}
"""Every format with its reader."""


def read_source(source: Source, advance: Advance = ignore_progress) -> Iterator[Item]:
    """Yield the drafts and rejections of a source.

    Raises:
        MalformedFileError: for a file that is damaged.
    """
    return READERS[source.format](source, advance)
