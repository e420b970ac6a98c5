"""Numbers for the pieces of a text, so that n-grams can be counted as arrays.

Every piece as typed has a number, and with it its folded token and how it is written. Numbers of folded tokens are
never given twice, so that what was counted under one can be dropped without a trace.
"""

from array import array
from typing import Final

import numpy as np
from numpy.typing import NDArray

from taxonomy.corpus.phrases import ends_sentence, fold_piece

SEGMENT_END: Final = -1
SENTENCE_END: Final = -2
VALUE_END: Final = -3
"""What stands in place of the number of a token where there is none."""

VALUE_MARK: Final = "\0"
"""Joined between the values of a field, and put at the end of each text; a document never holds it."""

_CAPITAL: Final = 1
_ALL_CAPITALS: Final = 2
_LONGEST_PIECE: Final = 60
"""Longer pieces are no words; they end a segment."""


class Pieces(dict[str, int]):
    """Numbers of pieces as typed; a piece that is new gets the next one."""

    def __init__(self) -> None:
        super().__init__()
        self._token_of: array[int] = array("i")
        self._writing_of: array[int] = array("b")
        self._number_of_token: dict[str, int] = {}
        self._next_token = 0
        self.texts: dict[int, str] = {}

    def __missing__(self, piece: str) -> int:
        number = len(self._token_of)
        folded = fold_piece(piece) if len(piece) <= _LONGEST_PIECE else ""
        self._token_of.append(self._number(folded) if folded else _end_of(piece))
        self._writing_of.append(_writing_of(piece))
        self[piece] = number
        return number

    def tokens(self, numbers: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the folded token of each piece, negative where it is none."""
        return np.frombuffer(self._token_of, np.int32)[numbers]

    def capital(self, numbers: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return whether each piece starts with a capital letter."""
        return (np.frombuffer(self._writing_of, np.int8)[numbers] & _CAPITAL) > 0

    def all_capitals(self, numbers: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return whether each piece is of several letters, all capitals."""
        return (np.frombuffer(self._writing_of, np.int8)[numbers] & _ALL_CAPITALS) > 0

    def keep_tokens(self, kept: NDArray[np.int32]) -> None:
        """Forget every folded token but these, and every piece of a forgotten one; pieces are numbered anew."""
        alive = set(kept.tolist())
        pieces = [
            (piece, self._token_of[number], self._writing_of[number])
            for piece, number in self.items()
            if self._token_of[number] in alive or self._token_of[number] < 0
        ]
        self.texts = {token: text for token, text in self.texts.items() if token in alive}
        self._number_of_token = {text: token for token, text in self.texts.items()}
        self.clear()
        self.update((piece, number) for number, (piece, _, _) in enumerate(pieces))
        self._token_of = array("i", (token for _, token, _ in pieces))
        self._writing_of = array("b", (writing for _, _, writing in pieces))

    def _number(self, folded: str) -> int:
        number = self._number_of_token.get(folded)
        if number is None:
            number = self._next_token
            self._next_token += 1
            self._number_of_token[folded] = number
            self.texts[number] = folded
        return number


def _end_of(piece: str) -> int:
    if VALUE_MARK in piece:
        return VALUE_END
    return SENTENCE_END if ends_sentence(piece) else SEGMENT_END


def _writing_of(piece: str) -> int:
    return _CAPITAL * piece[:1].isupper() + _ALL_CAPITALS * (len(piece) > 1 and piece.isupper())
