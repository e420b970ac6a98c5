"""`python -m migrations`: bring the database of the settings to the newest schema."""

import argparse
import sys
from collections.abc import Sequence

from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from core.database import engine_for
from core.settings import Settings
from migrations.run import upgrade

_DESCRIPTION = (
    "Bring the database that CANONYM_DATABASE_URL (or DATABASE_URL) names to the newest schema. "
    "Safe to run again, and from several processes at once: one of them works, the others wait and find it done."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Upgrade; return 0, or 1 with one line that says what is wrong."""
    argparse.ArgumentParser(prog="python -m migrations", description=_DESCRIPTION).parse_args(arguments)
    try:
        settings = Settings()
    except ValidationError as error:
        problem = error.errors()[0]
        return _failed(f"settings: {'.'.join(map(str, problem['loc']))}: {problem['msg']}")
    if settings.database_url is None:
        return _failed("set CANONYM_DATABASE_URL, for example to postgresql://canonym@localhost/canonym")
    try:
        engine = engine_for(settings.database_url, application_name="canonym-migrations")
    except ArgumentError:
        return _failed("CANONYM_DATABASE_URL is not an address such as postgresql://user@host/name")
    try:
        upgrade(engine)
    except (SQLAlchemyError, CommandError) as error:
        return _failed(str(getattr(error, "orig", None) or error).strip().partition("\n")[0])
    finally:
        engine.dispose()
    sys.stdout.write("The schema is up to date.\n")
    return 0


def _failed(reason: str) -> int:
    sys.stderr.write(f"migrations: {reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
