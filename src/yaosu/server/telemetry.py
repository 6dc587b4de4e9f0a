"""Traces for OpenTelemetry: one span a request, one a batch of the writer. Off unless it is set.

This file is imported only where the setting names a place; then it loads the libraries of the extra
``telemetry``. A span says which address, which status, which entry: never a body, a parameter, a
header, a secret, nor who asked. The time of a span is that of the house's clock.

Source: OpenTelemetry semantic conventions for HTTP, stable names; W3C Trace Context.
"""

import sys
from typing import Any

from yaosu import __version__
from yaosu.engine.clock import Clock
from yaosu.engine.extras import load_extra
from yaosu.kernel.refusal import refuse_unless

STDERR = "stderr"
NS = 1_000_000_000
CARRIED = ("traceparent", "tracestate")  # of whoever asks; anything else it carries is left


class Telemetry:
    """Makes spans and sends them away, from a thread of its own.

    Args:
        place: address of a collector that takes OTLP over HTTP, or ``stderr``.
        percent: of requests that are traced, where whoever asks has not said.
        venue: what the server is called there.
    """

    def __init__(self, place: str, percent: int, venue: str, clock: Clock) -> None:
        refuse_unless(
            (place == STDERR or place.startswith(("http://", "https://"))) and percent <= 100,
            "server.bad_setting",
            setting="telemetry",
            origin="its value",
            value=f"{place[:100]} {percent}",
            reason="an http address or stderr is wanted, and at most 100 percent",
        )
        self._clock = clock
        load_extra("opentelemetry.sdk.trace")
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        said = {"service.name": "yaosu", "service.version": __version__, "yaosu.venue": venue}
        self._provider = TracerProvider(
            sampler=ParentBasedTraceIdRatio(percent / 100), resource=Resource.create(said)
        )
        self._provider.add_span_processor(BatchSpanProcessor(_exporter(place)))
        self._tracer = self._provider.get_tracer("yaosu", __version__)
        self._context = TraceContextTextMapPropagator().extract
        self._server = SpanKind.SERVER

    def request(
        self, method: str, route: str, status: int, seconds: float, headers: Any, entry: str
    ) -> None:
        """A request that has been answered; ``entry``: the number of the one it made, or empty."""
        carried = {name: headers[name] for name in CARRIED if name in headers}
        attributes: dict[str, Any] = {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
        }
        if entry:
            attributes["yaosu.entry"] = int(entry)
        self._span(f"{method} {route}", seconds, attributes, self._server, self._context(carried))

    def written(self, commands: int, size: int, seconds: float) -> None:
        """A batch that is durable: of so many commands, after which there are so many entries."""
        attributes = {"yaosu.commands": commands, "yaosu.entries": size}
        self._span("write batch", seconds, attributes)

    def _span(
        self, name: str, seconds: float, attributes: dict[str, Any], kind: Any = None,
        context: Any = None,
    ) -> None:  # fmt: skip
        ends = self._clock() * 1000
        more = {} if kind is None else {"kind": kind}
        begins = ends - int(seconds * NS)
        span = self._tracer.start_span(name, context, attributes=attributes, start_time=begins,
                                       **more)  # fmt: skip
        span.end(ends)

    def close(self) -> None:
        """Send what waits, and stop."""
        self._provider.shutdown()


def _exporter(place: str) -> Any:
    if place == STDERR:
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter(out=sys.stderr, formatter=_line)
    return load_extra("opentelemetry.exporter.otlp.proto.http.trace_exporter").OTLPSpanExporter(
        endpoint=place
    )


def _line(span: Any) -> str:
    return str(span.to_json(indent=None)) + "\n"
