"""Nothing loads that is not exactly what was written."""

from pathlib import Path

import orjson
import pytest

from core.artefact import read_manifest, sealed_json, verify_files, verify_sealed, write_manifest
from core.errors import InvalidError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "columns.json").write_bytes(b"{}")
    (tmp_path / "matrix.npy").write_bytes(bytes(range(256)))
    write_manifest(tmp_path, kind="thing", format=2, details={"version": 7})
    return tmp_path


def load(folder: Path) -> None:
    verify_files(folder, read_manifest(folder, kind="thing", format=2))


def edit(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | changes))


def test_a_manifest_comes_back_and_its_files_are_whole(folder: Path) -> None:
    manifest = read_manifest(folder, kind="thing", format=2)
    assert manifest.details == {"version": 7}
    assert sorted(manifest.files) == ["columns.json", "matrix.npy"]
    verify_files(folder, manifest)


def test_writing_again_gives_the_same_manifest(folder: Path) -> None:
    before = (folder / "manifest.json").read_bytes()
    write_manifest(folder, kind="thing", format=2, details={"version": 7})
    assert (folder / "manifest.json").read_bytes() == before


def test_a_flipped_bit_is_found(folder: Path) -> None:
    path = folder / "matrix.npy"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(InvalidError, match=r"matrix\.npy does not match its SHA-256"):
        load(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "columns.json").unlink()
    with pytest.raises(InvalidError, match=r"columns\.json is missing"):
        load(folder)


def test_a_folder_in_place_of_a_file_is_missing(folder: Path) -> None:
    (folder / "columns.json").unlink()
    (folder / "columns.json").mkdir()
    with pytest.raises(InvalidError, match="is missing"):
        load(folder)


def test_a_folder_without_a_manifest_is_no_artefact(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match=r"manifest\.json is missing or damaged"):
        load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"{}", b'{"kind": "thing", "format": 2, "files": 3}'])
def test_a_damaged_manifest_is_refused(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(InvalidError, match="missing or damaged"):
        load(folder)


@pytest.mark.parametrize("changes", [{"kind": "other"}, {"format": 1}, {"format": "2"}])
def test_another_kind_or_format_is_refused_with_both_named(folder: Path, changes: dict[str, object]) -> None:
    edit(folder, **changes)
    with pytest.raises(InvalidError, match="needed is thing format 2"):
        load(folder)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "sub/file", "..", ".", "", "a/../columns.json"])
def test_a_manifest_reaches_nothing_outside_its_folder(folder: Path, name: str) -> None:
    (folder.parent / "secret").write_bytes(b"{}")
    files = orjson.loads((folder / "manifest.json").read_bytes())["files"]
    edit(folder, files={name: files["columns.json"]})
    with pytest.raises(InvalidError, match=r"outside its folder|is missing"):
        load(folder)


BODY = {"model_version": "2", "coefficients": [0.1, -1e-7, 3.0], "type_offsets": {"skill": 0.5, "título": -0.25}}


def test_a_sealed_file_holds_its_content_and_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_bytes(sealed_json(BODY))
    verify_sealed(path)
    read = orjson.loads(path.read_bytes())
    assert {name: read[name] for name in BODY} == BODY
    assert sealed_json(read) == path.read_bytes()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "missing or damaged"),
        (b"", "missing or damaged"),
        (b"[1]", "missing or damaged"),
        (b"7", "missing or damaged"),
        (orjson.dumps(BODY), "does not carry its SHA-256"),
        (sealed_json(BODY).replace(b"0.1", b"0.2"), "it was changed"),
        (sealed_json(BODY)[:-20], "missing or damaged"),
        (orjson.dumps(orjson.loads(sealed_json(BODY)) | {"more": 1}), "it was changed"),
    ],
)
def test_a_file_that_is_not_as_it_was_sealed_is_refused(tmp_path: Path, data: bytes | None, message: str) -> None:
    path = tmp_path / "calibration.json"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(InvalidError, match=message):
        verify_sealed(path)
