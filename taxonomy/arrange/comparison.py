"""What can be told of children and parents without any edge: worked out once, used with many sets of edges."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from taxonomy.arrange.lines import Likeness, labels_of_parents, letter_likeness, lines_of_parents, meaning_likeness
from taxonomy.arrange.model import ArrangePolicy, Hierarchy
from taxonomy.arrange.views import Matrix, views_of
from taxonomy.corpus.model import Encode

Rows = NDArray[np.int64]
_MEANINGS: Final = {"meaning": "", "meaning of texts": " of texts"}
"""The views by meaning that lines are compared with, and what the names of the features end in."""
_NO_LINES: Final = -0.3
"""The likeness to a parent that is a child too: below that of any line, for its labels are compared in the views."""


class Comparison:
    """Children and parents side by side: as vectors, and line by line.

    `nodes` are the children and then those parents that are no children; `parent_rows` says where each parent is there.
    """

    def __init__(self, hierarchy: Hierarchy, policy: ArrangePolicy, encode: Encode | None) -> None:
        self.children, self.parents = hierarchy.children, hierarchy.parents
        row_of = {node.entity_id: row for row, node in enumerate(self.children)}
        tops = [place for place, node in enumerate(self.parents) if node.entity_id not in row_of]
        self._tops = np.array(tops, dtype=np.int64)
        for number, place in enumerate(tops):
            row_of[self.parents[place].entity_id] = len(self.children) + number
        self.parent_rows = np.array([row_of[node.entity_id] for node in self.parents], dtype=np.int64)
        self.nodes = (*self.children, *(self.parents[place] for place in tops))
        self.views = views_of(self.nodes, policy, encode)
        self._lines = self._likenesses(encode)

    def likenesses(self, rows: Rows) -> dict[str, Matrix]:
        """Return the cosines of some children to all nodes in each view: rows x nodes."""
        every = np.arange(len(self.nodes))
        return {view.name: view.likeness(rows, every) for view in self.views}

    def of_lines(self, rows: Rows) -> dict[str, Matrix]:
        """Return how like the best label or line of each parent is, below 0 where a parent is a child too."""
        found = {}
        for name, likeness in self._lines.items():
            table = np.full((len(rows), len(self.parents)), _NO_LINES, dtype=np.float32)
            if len(self._tops):
                table[:, self._tops] = likeness(rows)
            found[name] = table
        return found

    def _likenesses(self, encode: Encode | None) -> dict[str, Likeness]:
        tops = [self.parents[place] for place in self._tops]
        preferred = [node.labels[0].lower() for node in self.children]
        every = ["\n".join(node.labels).lower() for node in self.children]
        whole = [f"{labels}\n{node.text.lower()}" for labels, node in zip(every, self.children, strict=True)]
        labels, lines = labels_of_parents(tops), lines_of_parents(tops)
        found = {
            "name like its label": letter_likeness(preferred, labels),
            "labels like its label": letter_likeness(every, labels),
            "name like its text": letter_likeness(preferred, lines),
            "text like it by letters": letter_likeness(every, lines),
        }
        if any(node.text for node in self.children):
            found["description like its text"] = letter_likeness(whole, lines)
        for view in self.views if encode else ():
            if view.name in _MEANINGS and encode:
                suffix = _MEANINGS[view.name]
                found[f"label like it by meaning{suffix}"] = meaning_likeness(view, labels, encode)
                found[f"text like it by meaning{suffix}"] = meaning_likeness(view, lines, encode)
        return found
