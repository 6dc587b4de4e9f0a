"""Counters and times of the server, for Prometheus."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
OUTCOMES = ("accepted", "refused", "not_taken")
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
    """One registry a server. Requests and commands are counted by the serving loop alone."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = _Requests()
        self._registry.register(self._requests)
        self._asked = _Asked()
        self._registry.register(self._asked)
        what, registry = METRICS, self._registry
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
        self._requests.count((route, method, status), seconds)

    def count_command(self, outcome: str) -> None:
        """One command was answered; ``outcome``: of ``OUTCOMES``."""
        self._asked.commands[outcome] += 1

    def count_orders(self, orders: int) -> None:
        """So many orders more were accepted."""
        self._asked.orders += orders

    def text(self) -> tuple[bytes, str]:
        """What Prometheus reads, and its media type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST


class _Asked(Collector):
    """Commands by outcome, and orders.

    Counted in plain numbers, which become what Prometheus knows only when it asks: the counters of
    its library take a lock each, several for a request.
    """

    def __init__(self) -> None:
        self.commands = dict.fromkeys(OUTCOMES, 0)
        self.orders = 0

    def collect(self) -> Iterator[Metric]:
        """What was counted so far."""
        name = "yaosu_commands_total"
        commands = CounterMetricFamily(name, METRICS[name], labels=("outcome",))
        for outcome, count in self.commands.items():
            commands.add_metric((outcome,), count)
        yield commands
        name = "yaosu_orders_total"
        yield CounterMetricFamily(name, METRICS[name], value=self.orders)


class _Requests(Collector):
    """Requests by address, method and status, and their times by address; plain numbers too."""

    def __init__(self) -> None:
        self._answered: dict[tuple[str, str, int], int] = {}
        self._times: dict[str, list[int]] = {}  # address -> how many within each of SECONDS
        self._sums: dict[str, float] = {}

    def count(self, key: tuple[str, str, int], seconds: float) -> None:
        """One request was answered."""
        route = key[0]
        if key not in self._answered:
            self._answered[key] = 0
            self._times.setdefault(route, [0] * (len(SECONDS) + 1))
            self._sums.setdefault(route, 0.0)
        self._answered[key] += 1
        self._times[route][bisect_left(SECONDS, seconds)] += 1
        self._sums[route] += seconds

    def collect(self) -> Iterator[Metric]:
        """What was counted so far."""
        name = "yaosu_requests_total"
        answered = CounterMetricFamily(name, METRICS[name], labels=("route", "method", "status"))
        for (route, method, status), count in dict(self._answered).items():
            answered.add_metric((route, method, str(status)), count)
        yield answered
        name = "yaosu_request_seconds"
        times = HistogramMetricFamily(name, METRICS[name], labels=("route",))
        ends = [*map(floatToGoString, SECONDS), "+Inf"]
        for route, counts in dict(self._times).items():
            buckets = list(zip(ends, map(float, accumulate(counts)), strict=True))
            times.add_metric((route,), buckets, self._sums[route])
        yield times
