"""`python -m stream.relay_main`: one relay process, until SIGTERM or SIGINT."""

import signal
import sys
from types import FrameType

from core.database import engine_for
from core.errors import CanonymError, InvalidError
from core.logs import configure_logs, get_logger
from core.settings import Settings
from stream.relay import Relay
from stream.relay_health import RelayHealth, serve_health


def run_relay(settings: Settings) -> None:
    """Run the relay on the servers that the settings name.

    Raises:
        InvalidError: where the settings name no servers.
        ConflictError: where the port of the metrics is in use.
        EnvironmentFaultError: where their address is not one of this machine.
    """
    if settings.database_url is None or settings.kafka_bootstrap_servers is None:
        raise InvalidError(
            "a relay needs CANONYM_DATABASE_URL and CANONYM_KAFKA_BOOTSTRAP_SERVERS; `canonym up` sets both"
        )
    configure_logs(level=settings.log_level, form=settings.log_format)
    engine = engine_for(settings.database_url, application_name="canonym-relay")
    health = RelayHealth()
    relay = Relay(engine, settings.kafka_bootstrap_servers, topic_prefix=settings.topic_prefix, health=health)

    def stop(_number: int, _frame: FrameType | None) -> None:
        relay.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if settings.relay_metrics_port is not None:
        serve_health(health, settings.relay_metrics_host, settings.relay_metrics_port)
    get_logger("stream.relay").info("relay_started", servers=settings.kafka_bootstrap_servers)
    relay.run()


if __name__ == "__main__":
    try:
        run_relay(Settings())
    except CanonymError as error:
        sys.exit(f"canonym relay: {error}")
