"""`python -m services.api`: one API process."""

import sys

from pydantic import ValidationError

from core.errors import CanonymError
from core.logs import configure_logs, get_logger
from core.settings import Settings
from services.api.main import run_api


def main() -> int:
    """Serve the API; return 1 where it cannot start, which one line in the log explains."""
    configure_logs(level="INFO", form="console")
    log = get_logger("services.api")
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = [f"CANONYM_{item['loc'][0]}".upper() + f": {item['msg']}" for item in error.errors()]
        log.error("api_not_started", reason="; ".join(wrong))  # noqa: TRY400 - the cause is the settings' own message
        return 1
    try:
        run_api(settings)
    except CanonymError as error:
        log.error("api_not_started", reason=str(error))  # noqa: TRY400 - an instruction, not a fault to trace
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
