import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from made_up_data import write, write_csv
from numpy.typing import NDArray

from benchmarks.model import BenchRequest, BenchRow
from benchmarks.registry import BENCHMARKS, load_benchmark
from benchmarks.standardize import confidences, ours, speed
from benchmarks.standardize.bench import SETS, bench_standardize
from benchmarks.standardize.context import BenchPolicy
from benchmarks.standardize.growth import varied
from classifiers.encoder.linear import unit_rows
from core.errors import InvalidError
from services.cli.bench import bench

SMALL = BenchPolicy(
    with_pretrained=False,
    hidden_queries=40,
    misspelt_queries=120,
    questions=60,
    calibration_samples=60,
    speed_texts=20,
    running_text_characters=6_000,
    growth_aliases=(50, 80),
    growth_baseline_aliases=50,
)


def run(data: Path, *only: str, policy: BenchPolicy = SMALL, steps: list[str] | None = None) -> list[BenchRow]:
    said = [] if steps is None else steps
    return bench_standardize(BenchRequest(data, said.append, only), policy, out=data / "out")


def write_many(data: Path, stem: str, *, aliases: int) -> None:
    rows = [
        [f"{stem}/{n}", f"keeper of thing{n}", "\n".join(f"thing{n} warden {k}" for k in range(aliases)), "released"]
        for n in range(60)
    ]
    path = data / "taxonomies" / "esco-9.9-en" / f"{stem}_en.csv"
    write_csv(path, ["conceptUri", "preferredLabel", "altLabels", "status"], rows)


def figure(rows: list[BenchRow], case: str, metric: str) -> BenchRow:
    return next(row for row in rows if (row.case, row.metric) == (case, metric))


def test_the_benchmark_is_registered() -> None:
    assert "standardize" in BENCHMARKS
    assert load_benchmark("standardize") is bench_standardize


def test_every_file_of_every_set_has_rows(data: Path) -> None:
    rows = run(data, "titles", "halves", "linking", "similarity", "sentences")
    cases = {row.case for row in rows}
    assert cases >= {
        "vacancy title -> ESCO (made_up)",
        "vacancy title -> ESCO, half learned (made_up)",
        "occupation linking (aaa_q_en_c_en)",
        "occupation linking (ddd_q_de_c_de)",
        "occupation linking, to English",
        "title similarity (english)",
        "sentence -> skills (tech_validation)",
        "sentence -> skills (gardens_test)",
        "sentence -> skills (gardens_test) / BM25",
    }
    for row in rows:
        assert row.ours is not None
        assert 0 <= row.ours <= 1
        assert row.low is None or row.low <= row.ours <= row.high  # type: ignore[operator]


def test_easy_questions_are_answered(data: Path) -> None:
    rows = run(data, "titles", "linking", "similarity", "sentences")
    titles = figure(rows, "vacancy title -> ESCO (made_up)", "R@5")
    assert titles.ours == pytest.approx(5 / 6, abs=1e-3)  # one occupation is not in the taxonomy
    assert titles.rows == 6
    product = "vacancy title -> ESCO (made_up) / the standardizer"
    assert figure(rows, product, "R@10").ours == pytest.approx(5 / 6, abs=1e-3)
    assert figure(rows, product, "accuracy of what is linked").rows in range(1, 7)
    assert figure(rows, "occupation linking (aaa_q_en_c_en)", "MRR").ours == 1.0
    assert figure(rows, "title similarity (english)", "MAP").ours == 1.0
    assert figure(rows, "sentence -> skills (tech_validation)", "RP@5").ours == 1.0


def test_references_stand_only_beside_their_own_sets(data: Path) -> None:
    rows = run(data, "linking", "sentences")
    assert figure(rows, "occupation linking (aaa_q_en_c_en)", "MRR").target == 0.70
    assert figure(rows, "occupation linking (bbb_q_de_c_en)", "MRR").target is None
    assert figure(rows, "sentence -> skills (tech_validation)", "MRR").target == 0.55
    assert figure(rows, "sentence -> skills (gardens_test)", "MRR").target is None


def test_the_same_run_twice_gives_the_same_figures(data: Path) -> None:
    assert run(data, "titles", "halves") == run(data, "titles", "halves")


def test_misspelt_aliases_are_asked_of_floors_and_with_and_without_reading_them_otherwise(data: Path) -> None:
    for stem in ("occupations", "skills"):
        write_many(data, stem, aliases=8)
    steps: list[str] = []
    rows = run(data, "misspelt", steps=steps)
    assert any("skipped misspelt aliases of school" in step for step in steps)
    for kind in ("title", "skill"):
        found = figure(rows, f"one typing error ({kind})", "accuracy@1")
        assert found.rows
        assert found.rows > 60
        assert found.baseline is not None
        assert found.baseline_name == "character TF-IDF"
        linked = figure(rows, f"one typing error ({kind})", "linked rightly")
        before = figure(rows, f"one typing error ({kind}) / every word as it stands", "accuracy@1")
        assert linked.ours is not None
        assert linked.baseline is not None
        # What all these names have is one word for each of them, *keeper* and *warden*, which are now read.
        assert linked.ours > linked.baseline
        assert before.ours is not None
    assert rows == run(data, "misspelt")


def test_hidden_aliases_are_asked_of_matchers_and_of_the_product(data: Path) -> None:
    for stem in ("occupations", "skills"):
        write_many(data, stem, aliases=8)
    rows = run(data, "hidden")
    floor = figure(rows, "hidden aliases (title)", "accuracy@1")
    assert floor.baseline is not None
    assert floor.target == pytest.approx(1 - (1 - floor.baseline) / 2, abs=2e-3)
    assert figure(rows, "hidden aliases (skill) / the standardizer", "accuracy with NIL").rows
    assert rows == run(data, "hidden")


def test_a_taxonomy_too_small_to_hide_anything_is_skipped(data: Path) -> None:
    steps: list[str] = []
    assert run(data, "hidden", steps=steps) == []
    assert sum(step.startswith("skipped hidden aliases") for step in steps) == 2


def test_confidences_are_judged_and_drawn(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confidences, "_FEW", 5)
    write_many(data, "occupations", aliases=2)
    steps: list[str] = []
    rows = run(data, "confidences", steps=steps)
    error = figure(rows, "confidence (title) / as it comes", "ECE-15")
    assert error.target == 0.02
    assert error.baseline_name == "score"
    assert (data / "out" / "reliability.svg").read_text(encoding="utf-8").startswith("<svg")
    assert f"reliability plot: {data / 'out' / 'reliability.svg'}" in steps
    assert any(step.startswith("skipped confidences of school") for step in steps)


def test_affiliations_that_name_no_school_are_nil(data: Path) -> None:
    rows = run(data, "affiliations")
    assert figure(rows, "affiliations that name no school of ours (some)", "share rightly NIL").ours == 1.0


def test_affiliations_that_cannot_be_mapped_are_skipped_with_a_reason(data: Path) -> None:
    text = "original_affiliation\toriginal_labels_correct\tlabels\tsplit\nA\tyes\t{'https://registry.example/1'}\tval\n"
    write(data / "evaluation" / "affiliations" / "some.tsv", text)
    steps: list[str] = []
    assert run(data, "affiliations", steps=steps) == []
    assert "skipped some.tsv: no row can be mapped by name" in steps


def test_speed_and_growth_stand_beside_brute_force(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What starts processes is an integration test.
    monkeypatch.setattr(speed, "memory_rows", lambda *_: [])
    rows = run(data, "speed", "growth")
    metrics = {row.metric for row in rows if row.case == "speed"}
    assert metrics >= {"titles/s, one by one", "p99 ms a title", "running text MB/s a core"}
    assert figure(rows, "growth, 50 aliases", "ms a query, one by one").baseline is not None
    assert figure(rows, "growth, 80 aliases", "ms a query, one by one").baseline is None
    assert all(row.ours is not None and row.ours >= 0 for row in rows)


def test_made_up_aliases_differ_from_the_real_ones_by_a_word() -> None:
    made = varied(["a b", "c d"], 6, seed=1)
    assert made[:2] == ["a b", "c d"]
    assert made == varied(["a b", "c d"], 6, seed=1)
    assert all(len(text.split()) == 2 for text in made)


def test_missing_sets_are_skipped_and_said(data: Path) -> None:
    shutil.rmtree(data / "evaluation")
    steps: list[str] = []
    assert run(data, "titles", "halves", "linking", "similarity", "sentences", "affiliations", steps=steps) == []
    assert sum(step.startswith("skipped") for step in steps) == 6


def test_a_cut_keeps_queries_from_all_over_the_set(data: Path) -> None:
    rows = run(data, "titles", policy=BenchPolicy(max_queries=3, with_pretrained=False))
    assert figure(rows, "vacancy title -> ESCO (made_up)", "MRR").rows == 3


def test_without_data_or_with_an_unknown_set_the_command_says_so(data: Path) -> None:
    with pytest.raises(InvalidError, match="--data DIR"):
        bench_standardize(BenchRequest(None, lambda _: None))
    with pytest.raises(InvalidError, match="no set nonsense; there are titles"):
        run(data, "nonsense")
    assert "titles" in SETS


def test_rankings_without_english_esco_say_what_is_missing(data: Path) -> None:
    shutil.rmtree(data / "taxonomies")
    with pytest.raises(InvalidError, match=r"no folder esco-\*-en"):
        run(data, "titles")


def test_an_encoder_by_path_has_rows_of_its_own_and_a_share_in_the_whole(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lengths:
        language = None

        def __init__(self, folder: Path) -> None:
            self.name = f"{folder.name}-0123"

        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return unit_rows(np.array([[len(text), 9] for text in texts], dtype=np.float32).reshape(-1, 2))

    monkeypatch.setattr(ours, "FolderEncoder", Lengths)
    monkeypatch.setenv("CANONYM_CACHE_DIR", str(data / "cache"))
    request = BenchRequest(data, lambda _: None, ("titles",), (data / "mine",))
    rows = bench_standardize(request, BenchPolicy(max_queries=3, with_pretrained=False), out=data / "out")
    cases = {row.case for row in rows}
    assert any(case.endswith("/ encoder mine-0123") for case in cases)
    assert any(case.endswith(", with pretrained encoders") for case in cases)
    assert list((data / "cache" / "vectors" / "mine-0123").glob("*.keys.npy"))


def test_only_the_standardizers_benchmark_takes_encoders() -> None:
    with pytest.raises(InvalidError, match="--encoder is of the benchmark standardize"):
        bench("stream", encoder=[Path("mine")])


def test_spans_that_name_nothing_of_ours_are_asked_for(data: Path) -> None:
    rows = run(data, "natural-nil")
    case = "marked spans (gardens_test)"
    assert figure(rows, f"{case} that name no skill of ours", "share rightly NIL").ours == 1
    row = figure(rows, f"{case}, all", "log-loss")
    assert (row.rows, row.baseline_name) == (4, "score")
    assert figure(rows, f"{case}, all", "accuracy with NIL").ours == 1
