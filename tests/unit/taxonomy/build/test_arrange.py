from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidError
from taxonomy.arrange.entities import hierarchy_of, path_of
from taxonomy.arrange.groups import GroupPolicy, group_proposals, induce_groups
from taxonomy.arrange.heads import head_of, linking_words
from taxonomy.arrange.lines import labels_of_parents, letter_likeness, lines_of_parents
from taxonomy.arrange.model import ArrangePolicy, Hierarchy, Node, ParentGuess
from taxonomy.arrange.parents import guess_parents
from taxonomy.arrange.propose import acyclic_edges, parent_proposals
from taxonomy.model import Alias, AliasKind, Entity, EntityRelation, EntityType, SourceId
from taxonomy.proposals.model import ProposalKind

HEADS = {"driver": "drivers", "cook": "kitchen staff", "nurse": "care workers", "welder": "metal trades"}
THINGS = ("tram", "night", "senior", "ship", "hotel", "school", "factory", "city", "private", "junior", "lead", "field")
CHILDREN = [Node(f"{thing}-{head}", (f"{thing} {head}",), kind="title") for thing, head in product(THINGS, HEADS)]
PARENTS = [Node(group, (group,), text=f"They work.\n- {head}", kind="group") for head, group in HEADS.items()]
EDGES = {node.entity_id: (HEADS[node.labels[0].split()[1]],) for node in CHILDREN}
LEFT_OUT = [node.entity_id for place, node in enumerate(CHILDREN) if place % 7 == 3]
POLICY = ArrangePolicy(folds=2, candidates=4)
WORLD = Hierarchy(CHILDREN, PARENTS, EDGES, dict.fromkeys(HEADS.values(), ("root",)))
Guesses = dict[str, list[ParentGuess]]


@pytest.fixture(scope="module")
def guesses() -> Guesses:
    return guess_parents(WORLD, asked=LEFT_OUT, policy=POLICY)


def test_left_out_children_come_under_the_parent_of_their_like(guesses: Guesses) -> None:
    assert {child: some[0].parent for child, some in guesses.items()} == {
        child: EDGES[child][0] for child in LEFT_OUT
    }  # fmt: skip


def test_confidences_are_probabilities_and_fall(guesses: Guesses) -> None:
    for some in guesses.values():
        values = [guess.confidence for guess in some]
        assert values == sorted(values, reverse=True)
        assert all(0 <= value <= 1 for value in values)
        assert some[0].contributions


def test_what_is_known_of_those_that_are_asked_is_not_looked_at(guesses: Guesses) -> None:
    wrong = {**EDGES, **dict.fromkeys(LEFT_OUT, ("metal trades",))}
    again = guess_parents(Hierarchy(CHILDREN, PARENTS, wrong, WORLD.paths), asked=LEFT_OUT, policy=POLICY)
    assert again == guesses


def test_too_few_edges_are_an_error_that_says_so() -> None:
    with pytest.raises(InvalidError, match="too few"):
        guess_parents(Hierarchy(CHILDREN, PARENTS, {}), asked=LEFT_OUT)


def test_proposals_are_new_sure_enough_and_say_why(guesses: Guesses) -> None:
    first = LEFT_OUT[0]
    proposals = parent_proposals(
        guesses, members={first: 5}, names={node.entity_id: node.labels[0] for node in CHILDREN}
    )
    assert {proposal.kind for proposal in proposals} == {ProposalKind.PARENT}
    assert all(proposal.confidence >= ArrangePolicy().least for proposal in proposals)
    mine = next(proposal for proposal in proposals if proposal.subject == first)
    assert mine.identity == {"parent": EDGES[first][0], "relation": "broader"}
    assert mine.members_affected == 5
    assert mine.details["contributions"]
    kept = [(child, parent) for child in LEFT_OUT for parent in HEADS.values()]
    assert parent_proposals(guesses, kept=kept) == []


NODES = st.sampled_from("abcdef")


@settings(max_examples=60)
@given(
    st.lists(st.tuples(NODES, NODES, st.floats(0, 1)), max_size=15),
    st.lists(st.tuples(NODES, NODES).filter(lambda edge: edge[0] < edge[1]), max_size=6),
)
def test_accepted_edges_close_no_cycle_and_keep_the_surest(
    edges: list[tuple[str, str, float]], kept: list[tuple[str, str]]
) -> None:
    guesses = [ParentGuess(child, parent, sure) for child, parent, sure in edges if child != parent]
    chosen = acyclic_edges(guesses, kept)
    graph = nx.DiGraph([*kept, *((guess.child, guess.parent) for guess in chosen)])
    assert nx.is_directed_acyclic_graph(graph)
    if guesses and not kept:
        assert max(guesses, key=lambda g: g.confidence).confidence == chosen[0].confidence


def test_the_head_is_the_last_word_before_a_linking_one() -> None:
    links = linking_words([f"head of {thing}" for thing in THINGS * 3])
    assert links == {"of"}
    assert [head_of(label, links) for label in ("Driver of trams", "tram driver", "cook, hotel", "")] == [
        "driver",
        "driver",
        "cook",
        "",
    ]


def test_a_line_that_ends_in_a_code_speaks_of_the_one_that_has_it() -> None:
    parents = [Node("a", ("cooks",), text="- fries meat\n- chef - 34", code="12"), Node("b", ("chefs",), code="34")]
    lines = lines_of_parents(parents)
    assert dict(zip(lines.texts, lines.parents.tolist(), strict=True)) == {"fries meat": 0, "chef": 1}
    assert labels_of_parents(parents).texts == ("cooks", "chefs")
    likeness = letter_likeness(["pastry chef"], lines)(np.array([0]))
    assert likeness[0, 1] > likeness[0, 0]


def test_parents_without_any_text_are_less_like_than_unrelated_ones() -> None:
    lines = lines_of_parents([Node("a", ("cooks",)), Node("b", ("chefs",), text="kitchen")])
    likeness = letter_likeness(["welder"], lines)(np.array([0]))
    assert likeness[0, 0] < likeness[0, 1]


NAMES = {str(place): f"{thing} {head}" for place, (head, thing) in enumerate(product(HEADS, THINGS[:6]))}


def test_groups_hold_what_lies_together_and_are_named_by_a_member() -> None:
    groups = induce_groups(NAMES, members={"0": 100}, policy=GroupPolicy(distance=0.75, step=0.2))
    assert groups == induce_groups(
        dict(reversed(NAMES.items())), members={"0": 100}, policy=GroupPolicy(distance=0.75, step=0.2)
    )
    for group in groups:
        assert group.name == NAMES[group.central]
        assert group.central in group.members
    held = {group.number: set(group.members) for group in groups}
    for group in groups:
        if group.parent is not None:
            assert held[group.number] < held[group.parent]


def test_groups_are_proposed_as_new_entities_with_their_members() -> None:
    groups = induce_groups(NAMES, policy=GroupPolicy(distance=0.75))
    proposals = group_proposals(groups, "supertitle", {"0": 2}, confidence=0.5)
    assert [proposal.kind for proposal in proposals] == [ProposalKind.NEW_ENTITY] * len(groups)
    assert sum(proposal.members_affected for proposal in proposals) >= 0


def test_nothing_and_one_entity_make_no_groups() -> None:
    assert induce_groups({}) == []
    assert induce_groups({"a": "driver"}) == []


def test_entities_beyond_the_bound_join_the_nearest_group() -> None:
    names = {str(place): label for place, label in enumerate(["tram driver"] * 4 + ["head cook"] * 4)}
    groups = induce_groups(names, policy=GroupPolicy(most=6, depth=1, least_members=2))
    assert sorted(len(group.members) for group in groups) == [4, 4]


def entity(key: str, kind: EntityType, *parents: tuple[EntityRelation, str]) -> Entity:
    alias = Alias(f"{key} too", "en", AliasKind.SYNONYM, "test")
    typo = Alias(f"{key} tpyo", "en", AliasKind.MISSPELLING, "test")
    return Entity(key, kind, key, (SourceId("test", key),), (alias, typo), parents)


def test_a_taxonomy_gives_the_hierarchy_of_the_types_that_are_asked_for() -> None:
    broader, needs = EntityRelation.BROADER, EntityRelation.NEEDS
    entities = [
        entity("chef", EntityType.TITLE, (broader, "cook"), (needs, "frying")),
        entity("cook", EntityType.TITLE, (broader, "kitchen")),
        entity("kitchen", EntityType.SUPERTITLE, (EntityRelation.FUNCTION, "food")),
        entity("food", EntityType.FUNCTION),
        entity("frying", EntityType.SKILL),
    ]
    found = hierarchy_of(entities, {EntityType.TITLE}, {EntityType.SUPERTITLE})
    assert [node.entity_id for node in found.parents] == ["kitchen", "chef", "cook"]
    assert found.edges == {"chef": ("cook",), "cook": ("kitchen",)}
    assert found.paths == {"kitchen": (), "chef": ("kitchen", "cook"), "cook": ("kitchen",)}
    assert found.children[0] == Node("chef", ("chef", "chef too"), "", "title", "", {"frying": 1.0})


def test_a_path_ends_where_it_would_go_round() -> None:
    assert path_of("a", {"a": ("b",), "b": ("a",)}) == ("a", "b")
