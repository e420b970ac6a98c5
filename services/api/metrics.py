"""The metrics of the API: a closed list, each with its meaning and the knob to turn."""

from collections import Counter as Count
from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from classifiers.standardize.model import Mention
from classifiers.standardize.standardizer import Standardizer

_LATENCY_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class ApiMetrics:
    """Counters and histograms of one API process."""

    requests: Counter
    request_seconds: Histogram
    mentions: Counter
    taxonomy_version: Gauge

    def observe_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Add one answered request."""
        self.requests.labels(method, route, str(status)).inc()
        self.request_seconds.labels(route).observe(seconds)

    def observe_mentions(self, standardizer: Standardizer, mentions: Iterable[Mention]) -> None:
        """Add the mentions of an answer, by type and by whether an entity was likely enough."""
        counts = Count(
            (mention.type or "any", "linked" if standardizer.is_linked(mention) else "nil") for mention in mentions
        )
        for labels, count in counts.items():
            self.mentions.labels(*labels).inc(count)


def api_metrics(registry: CollectorRegistry) -> ApiMetrics:
    """Return the metrics, made in a registry."""
    return ApiMetrics(
        requests=Counter(
            "canonym_api_requests",
            "Requests by method, route template and status; status 0 means that the client left first.",
            ["method", "route", "status"],
            registry=registry,
        ),
        request_seconds=Histogram(
            "canonym_api_request_seconds",
            "Seconds from a request's head to the end of its answer; run more API processes.",
            ["route"],
            buckets=_LATENCY_BUCKETS_SECONDS,
            registry=registry,
        ),
        mentions=Counter(
            "canonym_api_mentions",
            "Mentions in texts, by type and outcome; where many are nil, import more entities.",
            ["type", "outcome"],
            registry=registry,
        ),
        taxonomy_version=Gauge(
            "canonym_api_taxonomy_version",
            "Taxonomy version that texts are standardized with; 0 while none is loaded.",
            registry=registry,
        ),
    )
