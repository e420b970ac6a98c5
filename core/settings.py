"""Every setting of Canonym: read once at the rim, frozen, passed down as a value.

Each field is set by the environment variable `CANONYM_<FIELD>` (the two server addresses also by their
usual names). `docs/settings.md` lists them; a test holds the page against this class.
"""

from pathlib import Path
from typing import Annotated, Any

from platformdirs import user_cache_path, user_data_path
from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Probability = Annotated[float, Field(gt=0, lt=1)]
"""A threshold that some are above and some below."""


class Settings(BaseSettings):
    """The settings of one process.

    Raises:
        pydantic.ValidationError: where a variable does not parse; the message names it.
    """

    model_config = SettingsConfigDict(env_prefix="CANONYM_", frozen=True, extra="ignore", populate_by_name=True)

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("canonym"),
        description="Folder of the embedded servers' data and of compiled taxonomies.",
    )
    cache_dir: Path = Field(
        default_factory=lambda: user_cache_path("canonym"),
        description="Folder of what can be fetched again: Kafka's jars.",
    )
    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("CANONYM_DATABASE_URL", "DATABASE_URL"),
        description="PostgreSQL to use; empty starts the embedded one.",
    )
    kafka_bootstrap_servers: str | None = Field(
        default=None,
        validation_alias=AliasChoices("CANONYM_KAFKA_BOOTSTRAP_SERVERS", "KAFKA_BOOTSTRAP_SERVERS"),
        description="Kafka to use, as host:port[,host:port]; empty starts the embedded one.",
    )
    maven_repository: str | None = Field(
        default=None,
        description="Mirror of Maven Central to fetch Kafka's jars from; empty is Maven Central itself.",
    )
    topic_prefix: str = Field(default="", description="Put before every topic name and consumer group.")
    partitions: int = Field(default=4, ge=1, le=1000, description="Partitions of each topic that Canonym creates.")
    api_host: str = Field(default="127.0.0.1", description="Address that the API listens on.")
    api_port: int = Field(default=8080, ge=0, le=65535, description="Port of the API; 0 takes a free one.")
    max_request_bytes: int = Field(default=262_144, ge=1024, description="Largest request body the API accepts.")
    batch_max_events: int = Field(default=500, ge=1, le=10_000, description="Most events in one worker transaction.")
    batch_within_seconds: float = Field(
        default=0.005, gt=0, le=10, description="Longest wait to fill a worker batch, in seconds."
    )
    max_event_bytes: int = Field(
        default=1_000_000,
        ge=1024,
        description="Largest event value that is decoded; larger ones are dead letters.",
    )
    worker_metrics_host: str = Field(default="127.0.0.1", description="Address of the worker's Prometheus metrics.")
    worker_metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port of the worker's Prometheus metrics; empty serves none.",
    )
    worker_inference_processes: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Processes in which a worker standardizes, each with the taxonomy in memory.",
    )
    worker_instance_id: str | None = Field(
        default=None,
        pattern="^[A-Za-z0-9._-]{1,249}$",
        description="Name by which the consumer group knows this worker again after a restart; empty is a new one.",
    )
    relay_metrics_host: str = Field(default="127.0.0.1", description="Address of the relay's health and metrics.")
    relay_metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port of the relay's health and metrics; empty serves none.",
    )
    calibration: Path | None = Field(
        default=None,
        description="File of `canonym train calibration` to standardize with; empty is the one that comes along.",
    )
    link_threshold: Probability = Field(
        default=0.5, description="Confidence from which on a mention is linked; below it, it is NIL."
    )
    link_thresholds: Annotated[tuple[tuple[str, Probability], ...], NoDecode] = Field(
        default=(), description="The same for single types, as title=0.6,company=0.7."
    )
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Lowest level logged.")
    log_format: str = Field(default="console", pattern="^(console|json)$", description="Form of the log lines.")

    @field_validator("link_thresholds", mode="before")
    @classmethod
    def _pairs(cls, value: Any) -> Any:  # noqa: ANN401 - whatever a variable or a caller gives
        """Return the pairs of a list such as `title=0.6,company=0.7`."""
        if not isinstance(value, str):
            return value
        pairs = [item.partition("=") for item in value.split(",") if item.strip()]
        if any(not name.strip() or not equals for name, equals, _ in pairs):
            raise ValueError("a list such as title=0.6,company=0.7 is needed")
        return tuple((name.strip(), number.strip()) for name, _, number in pairs)
