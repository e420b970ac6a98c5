"""The metrics of the worker and the relay: a closed list, each with its meaning and the knob to turn."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from stream.model import BatchReport

AGE_BUCKETS_SECONDS = tuple(round(0.001 * 1.1**step, 6) for step in range(130))
"""From 1 ms to about 4 minutes, 10 % apart, so that quantiles can be read to within 10 %."""


@dataclass(frozen=True, slots=True)
class WorkerMetrics:
    """Counters and histograms of one worker process."""

    registry: CollectorRegistry
    events: Counter
    edges: Counter
    dead_letters: Counter
    gaps: Counter
    seeks: Counter
    retries: Counter
    batch_seconds: Histogram
    step_seconds: Counter
    event_age_seconds: Histogram
    ledger_lag: Gauge
    last_commit: Gauge

    def observe(self, report: BatchReport, seconds: float) -> None:
        """Add one committed batch."""
        for outcome in ("applied", "superseded", "already_applied"):
            self.events.labels(outcome).inc(getattr(report, outcome))
        for change in ("added", "updated", "removed"):
            self.edges.labels(change).inc(getattr(report, f"edges_{change}"))
        self.dead_letters.inc(report.dead_letters)
        self.gaps.inc(report.gaps)
        self.seeks.inc(len(report.seeks))
        self.batch_seconds.observe(seconds)
        for step, step_seconds in report.seconds_by_step.items():
            self.step_seconds.labels(step).inc(step_seconds)


def worker_metrics() -> WorkerMetrics:
    """Return the metrics in a registry of their own."""
    registry = CollectorRegistry()
    return WorkerMetrics(
        registry=registry,
        events=Counter(
            "canonym_events",
            "Events by outcome; superseded ones met a newer sequence.",
            ["outcome"],
            registry=registry,
        ),
        edges=Counter("canonym_edges", "Edges changed, by kind of change.", ["change"], registry=registry),
        dead_letters=Counter(
            "canonym_dead_letters",
            "Records that could never be applied; see `canonym events dead-letters`.",
            registry=registry,
        ),
        gaps=Counter("canonym_gaps", "Offsets without a record: compaction or transaction markers.", registry=registry),
        seeks=Counter("canonym_seeks", "Times that skipped records were read again.", registry=registry),
        retries=Counter(
            "canonym_retries",
            "Batches tried again, by cause; look at PostgreSQL and Kafka.",
            ["cause"],
            registry=registry,
        ),
        batch_seconds=Histogram(
            "canonym_batch_seconds",
            "Seconds of a batch, from its records to the commit; CANONYM_BATCH_MAX_EVENTS.",
            registry=registry,
        ),
        step_seconds=Counter("canonym_step_seconds", "Seconds by step of a batch.", ["step"], registry=registry),
        event_age_seconds=Histogram(
            "canonym_event_age_seconds",
            "Seconds from the record's timestamp to the commit of its edges; add partitions and workers.",
            buckets=AGE_BUCKETS_SECONDS,
            registry=registry,
        ),
        ledger_lag=Gauge(
            "canonym_ledger_lag",
            "Records between the ledger and the end of a partition.",
            ["topic", "partition"],
            registry=registry,
        ),
        last_commit=Gauge(
            "canonym_last_commit_timestamp_seconds",
            "When the last batch was committed, in Unix time.",
            registry=registry,
        ),
    )


@dataclass(frozen=True, slots=True)
class RelayMetrics:
    """Counters and gauges of one relay process."""

    registry: CollectorRegistry
    published: Counter
    retries: Counter
    leading: Gauge
    outbox_messages: Gauge
    outbox_oldest_seconds: Gauge


def relay_metrics() -> RelayMetrics:
    """Return the metrics in a registry of their own."""
    registry = CollectorRegistry()
    return RelayMetrics(
        registry=registry,
        published=Counter("canonym_relay_published", "Messages that the broker has.", registry=registry),
        retries=Counter(
            "canonym_relay_retries",
            "Times that publishing began anew, by cause; look at PostgreSQL, Kafka and its topics.",
            ["cause"],
            registry=registry,
        ),
        leading=Gauge(
            "canonym_relay_leading", "1 where this relay publishes, 0 where it is the standby.", registry=registry
        ),
        outbox_messages=Gauge("canonym_outbox_messages", "Messages that wait in the outbox.", registry=registry),
        outbox_oldest_seconds=Gauge(
            "canonym_outbox_oldest_seconds",
            "Age of the oldest of them; 0 without one.",
            registry=registry,
        ),
    )
