"""Counters and times of the server, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METRICS = {  # name -> what it counts; the reference page is made of this
    "yaosu_requests_total": "requests by address, method and status",
    "yaosu_request_seconds": "seconds from the head of a request to its answer, by address",
    "yaosu_commands_total": "commands by outcome: accepted, refused (on record), not_taken",
    "yaosu_orders_total": "orders in accepted batches",
    "yaosu_journal_entries": "entries of the journal",
    "yaosu_streams": "streams that are open",
    "yaosu_worker_up": "1 while the clearing worker lives, 0 while it does not",
    "yaosu_worker_deaths_total": "how often the clearing worker ended by itself",
    "yaosu_outbox": "deliveries by channel and state: waiting, delivered, dead",
    "yaosu_outbox_deaths_total": "how often a thread of the outbox ended by itself",
}


class Metrics:
    """One registry a server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._found: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        what, registry = METRICS, self._registry
        name = "yaosu_requests_total"
        self.requests = Counter(name, what[name], ("route", "method", "status"), registry=registry)
        name = "yaosu_request_seconds"
        self.seconds = Histogram(name, what[name], ("route",), registry=registry, buckets=SECONDS)
        name = "yaosu_commands_total"
        self.commands = Counter(name, what[name], ("outcome",), registry=registry)
        name = "yaosu_orders_total"
        self.orders = Counter(name, what[name], registry=registry)
        name = "yaosu_journal_entries"
        self.entries = Gauge(name, what[name], registry=registry)
        name = "yaosu_streams"
        self.streams = Gauge(name, what[name], registry=registry)
        name = "yaosu_worker_up"
        self.worker_up = Gauge(name, what[name], registry=registry)
        name = "yaosu_worker_deaths_total"
        self.worker_deaths = Counter(name, what[name], registry=registry)
        name = "yaosu_outbox"
        self.outbox = Gauge(name, what[name], ("channel", "state"), registry=registry)
        name = "yaosu_outbox_deaths_total"
        self.outbox_deaths = Counter(name, what[name], registry=registry)

    def count_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request was answered."""
        key = (route, method, status)
        counters = self._found.get(key)
        if counters is None:  # looking one up by its labels takes as long as reading a token
            counter = self.requests.labels(route, method, str(status))
            counters = self._found[key] = (counter, self.seconds.labels(route))
        counters[0].inc()
        counters[1].observe(seconds)

    def text(self) -> tuple[bytes, str]:
        """What Prometheus reads, and its media type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST
