"""What finds the skills in running text: ours, and libraries that people take for the same."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from classifiers.standardize.model import Query
from classifiers.standardize.standardizer import Standardizer
from taxonomy.model import EntityType

Span = tuple[int, int]
"""Characters of a text: the start, and before which the span ends."""
Find = Callable[[str], set[Span]]
"""Returns the spans of skills in a text."""


def our_finder(standardizer: Standardizer) -> Find:
    """Return the linked mentions of skills that the product finds."""

    def find(text: str) -> set[Span]:
        return {
            (mention.start, mention.end)
            for mention in standardizer.standardize(Query(text)).mentions
            if mention.candidates and mention.candidates[0].type is EntityType.SKILL and standardizer.is_linked(mention)
        }

    return find


def spacy_finder(skills: Sequence[str]) -> Find:
    """Return what spaCy's PhraseMatcher finds; of overlapping phrases the longest.

    Raises:
        ModuleNotFoundError: where spaCy is not installed.
    """
    import spacy  # noqa: PLC0415 - only the extra `bench` installs it
    from spacy.matcher import PhraseMatcher  # noqa: PLC0415 - the same
    from spacy.util import filter_spans  # noqa: PLC0415 - the same

    language = spacy.blank("en")
    matcher = PhraseMatcher(language.vocab, attr="LOWER")
    matcher.add("SKILL", [doc for doc in language.tokenizer.pipe(skills) if len(doc)])

    def find(text: str) -> set[Span]:
        matches = matcher(language.make_doc(text), as_spans=True)
        return {(span.start_char, span.end_char) for span in filter_spans(matches)}

    return find


def aho_corasick_finder(aliases: Iterable[tuple[str, bool]]) -> Find:
    """Return what pyahocorasick finds between the ends of words, left to right, of several the longest.

    `aliases` are texts and whether they name a skill; others can be found as well, and then no skill is.

    Raises:
        ModuleNotFoundError: where pyahocorasick is not installed.
    """
    import ahocorasick  # noqa: PLC0415 - only the extra `bench` installs it

    automaton = ahocorasick.Automaton()
    names_skill: dict[str, bool] = {}
    for text, is_skill in aliases:
        key = _lowered(text)
        names_skill[key] = names_skill.get(key, False) or is_skill
    for key, is_skill in names_skill.items():
        automaton.add_word(key, (len(key), is_skill))
    automaton.make_automaton()
    return partial(_automaton_spans, automaton)


def _automaton_spans(automaton: Any, text: str) -> set[Span]:  # noqa: ANN401 - pyahocorasick is untyped
    lowered = _lowered(text)
    hits = sorted(
        (last + 1 - length, -length, is_skill)
        for last, (length, is_skill) in automaton.iter(lowered)
        if not lowered[last - length : last + 1 - length].isalnum() and not lowered[last + 1 : last + 2].isalnum()
    )
    spans: set[Span] = set()
    position = 0
    for start, negative_length, is_skill in hits:
        if start >= position:
            position = start - negative_length
            if is_skill:
                spans.add((start, position))
    return spans


def _lowered(text: str) -> str:
    """Return a text in lower case, as long as it was: a few letters become two."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
