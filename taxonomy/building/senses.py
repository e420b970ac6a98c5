"""The step that splits ambiguous phrases by the company that they keep."""

from dataclasses import replace
from typing import Final

from core.errors import InvalidError
from taxonomy.building.corpus import counted_of, joined_phrases, word_vectors
from taxonomy.building.coverage import FIELD_OF_TYPE
from taxonomy.building.model import BuildInput
from taxonomy.building.sequences import sequences_of
from taxonomy.proposals.model import Proposal
from taxonomy.senses.concentration import fit_concentration
from taxonomy.senses.contexts import collect_contexts, context_space
from taxonomy.senses.finding import find_senses
from taxonomy.senses.model import SensePolicy
from taxonomy.senses.propose import propose_senses
from taxonomy.senses.serving import make_sense_model, save_sense_model
from taxonomy.senses.splitting import fit_splits

_TYPE_OF_FIELD: Final = {field: kind for kind, field in FIELD_OF_TYPE.items()}
_POLICY: Final = SensePolicy()


def senses(build: BuildInput) -> list[Proposal]:
    """Return a proposal for each phrase that has several senses, and keep p(sense | context) in the work folder."""
    counted = counted_of(build)
    values = counted.counts
    # A text of several fields is of the one where most have it: the same in every build, whatever is read first.
    counts = sorted(
        (count, value.field, value.text) for value, count in values.items() if value.field in _TYPE_OF_FIELD
    )
    members = {text: count for count, _, text in counts}
    kind_of = {text: _TYPE_OF_FIELD[field] for _, field, text in counts}
    common = sorted(members, key=lambda text: (-members[text], text))[: build.policy.phrases]
    encode = word_vectors(build, counted)
    sequences = sequences_of(build, joined_phrases(values), counted.documents)
    build.on_step(f"contexts of {len(common):,} phrases")
    contexts = collect_contexts(sequences.running(), set(common), _POLICY, seed=build.policy.seed)
    listed = collect_contexts(sequences.listed(), set(common), _POLICY, seed=build.policy.seed)
    # Contexts of one genre alone: else a phrase is split into lists and sentences.
    contexts |= {phrase: found for phrase, found in listed.items() if len(found) >= _POLICY.min_contexts}
    space = context_space(sequences.every(), encode, contexts)
    several_words = {phrase: found for phrase, found in contexts.items() if " " in phrase}
    try:
        model = fit_splits(several_words, space, _POLICY, seed=build.policy.seed, on_step=build.on_step)
    except InvalidError as error:
        build.on_step(f"no senses: {error}")
        return []
    found = list(find_senses(contexts, space, model, _POLICY, seed=build.policy.seed))
    concentration = fit_concentration(several_words, space, _POLICY, seed=build.policy.seed)
    save_sense_model(make_sense_model(found, space, concentration), build.work_dir / "senses")
    return [
        replace(proposal, details={**proposal.details, "type": kind_of[proposal.subject]})
        for proposal in propose_senses(found, members)
    ]
