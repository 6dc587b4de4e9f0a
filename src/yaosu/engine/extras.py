"""Libraries that come with an extra: loaded where they are used, or a refusal that names it."""

from importlib import import_module
from typing import Any

import yaosu.kernel.frames  # noqa: F401 - declares kernel.extra_missing
from yaosu.kernel.refusal import refuse

EXTRAS = {
    "altair": ("altair", "report"),
    "vl_convert": ("vl-convert-python", "report"),
    "defusedxml": ("defusedxml", "excel"),
    "distributed": ("distributed", "cluster"),
    "httpx": ("httpx", "client"),
    "joblibspark": ("joblibspark", "spark"),
    "openpyxl": ("openpyxl", "excel"),
    "openpyxl.cell": ("openpyxl", "excel"),
    "pyarrow": ("pyarrow", "arrow"),
    "pyarrow.compute": ("pyarrow", "arrow"),
    "pyarrow.parquet": ("pyarrow", "arrow"),
    "opentelemetry.exporter.otlp.proto.http.trace_exporter": (
        "opentelemetry-exporter-otlp-proto-http",
        "telemetry",
    ),
    "opentelemetry.sdk.trace": ("opentelemetry-sdk", "telemetry"),
    "ray.util.joblib": ("ray", "ray"),
    "pypdfium2": ("pypdfium2", "paper"),
    "reportlab.pdfbase.cidfonts": ("reportlab", "paper"),
    "reportlab.pdfbase.pdfdoc": ("reportlab", "paper"),
    "reportlab.pdfbase.pdfmetrics": ("reportlab", "paper"),
    "reportlab.pdfgen.canvas": ("reportlab", "paper"),
    "segno": ("segno", "paper"),
}


def load_extra(module: str) -> Any:
    """The module, or a refusal ``kernel.extra_missing`` that says what to install."""
    try:
        return import_module(module)
    except ModuleNotFoundError:
        library, extra = EXTRAS[module]
        refuse("kernel.extra_missing", library=library, extra=extra)
