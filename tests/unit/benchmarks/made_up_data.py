"""A made-up data folder with every set of the layout, small enough to read at a glance."""

import csv
import gzip
import json
from pathlib import Path

ESCO = "http://data.europa.eu/esco"
OCCUPATIONS = {
    "o1": ("software engineer", "software developer\nprogrammer\ncoder"),
    "o2": ("registered nurse", "staff nurse\nhospital nurse"),
    "o3": ("primary school teacher", "elementary school teacher\nschoolteacher"),
    "o4": ("data analyst", "business data analyst\nanalyst of data"),
}
SKILLS = {
    "s1": ("Python (computer programming)", "python"),
    "s2": ("use spreadsheets software", "spreadsheets\nspreadsheet programs"),
    "s3": ("team building", "encourage teams\nbuild a team"),
}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def write_csv(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def write_esco(folder: Path) -> None:
    columns = ["conceptUri", "preferredLabel", "altLabels", "status"]
    for stem, concepts in (("occupations", OCCUPATIONS), ("skills", SKILLS)):
        rows = [[f"{ESCO}/{key}", name, labels, "released"] for key, (name, labels) in concepts.items()]
        write_csv(folder / f"{stem}_en.csv", columns, rows)


def school(number: int) -> dict[str, object]:
    return {
        "name": f"University of Town {number}",
        "country": "Land",
        "alpha_two_code": "LA",
        "domains": [f"t{number}.example"],
        "web_pages": [],
        "state-province": None,
    }


def write_data(root: Path) -> Path:
    write_esco(root / "taxonomies" / "esco-9.9-en")
    schools = [school(number) for number in range(6)]
    write(root / "taxonomies" / "schools" / "world_universities_and_domains.json", json.dumps(schools))
    evaluation = root / "evaluation"
    titles = [
        ["Senior Software Engineer (m/f/d)", f"{ESCO}/o1"],
        ["Programmer", f"{ESCO}/o1"],
        ["Night nurse", f"{ESCO}/o2"],
        ["Nurse, hospital", f"{ESCO}/o2"],
        ["Teacher at primary school", f"{ESCO}/o3"],
        ["Something of another version", f"{ESCO}/o99"],
    ]
    write_csv(evaluation / "title_to_occupation" / "made_up.csv", ["vacancyTitle", "conceptUri"], titles)
    for name in ("aaa_q_en_c_en", "bbb_q_de_c_en", "ccc_q_fr_c_en", "ddd_q_de_c_de"):
        folder = evaluation / "occupation_linking" / name
        write(folder / "queries.tsv.gz", "Q1\tNurses\nQ2\tSoftware developers\n")
        write(folder / "corpus_elements.tsv.gz", "C1_0\tnurse\nC1_1\tregistered nurse\nC2_0\tsoftware developer\n")
        write(folder / "concept_mapping.tsv.gz", "C1_0\tu1\nC1_1\tu1\nC2_0\tu2\n")
        write(folder / "annotations.tsv.gz", "Q1\t0\tC1_0\t1\nQ1\t0\tC1_1\t1\nQ2\t0\tC2_0\t1\n")
    folder = evaluation / "title_similarity" / "english"
    write(folder / "queries", "q_id\tjobtitle\n1\tnurse\n2\tcoder\n")
    write(folder / "corpus_elements", "c_id\tjobtitle\n1\tstaff nurse\n2\tcode writer\n3\tteacher\n")
    write(folder / "qrels.tsv", "1\t0\t1\t1\n2\t0\t2\t1\n")
    sentences = [
        ["You know python.", "python", "", "Python (computer programming)"],
        ["You know python.", "know", "", "UNDERSPECIFIED"],
        ["You build teams with spreadsheets.", "teams", "", "team building"],
        ["You build teams with spreadsheets.", "spreadsheets", "", "use spreadsheets software"],
        ["You are nice.", "nice", "", "LABEL NOT PRESENT"],
    ]
    for name in ("tech_validation.csv", "gardens_test.csv"):
        write_csv(evaluation / "sentence_to_skills" / name, ["sentence", "span", "sub_span", "label"], sentences)
    affiliations = (
        "original_affiliation\toriginal_labels_correct\tlabels\tsplit\n"
        "University of Town 1, Land\tyes\t{'https://registry.example/1'}\ttrain\n"
        "Acme Fireworks Inc., Desert\tno\t{'Acme Fireworks'}\tval\n"
    )
    write(evaluation / "affiliations" / "some.tsv", affiliations)
    return root
