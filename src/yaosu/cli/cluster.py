"""Where a command's work runs: processes here, another joblib backend, or a Dask cluster."""

from collections.abc import Iterator
from contextlib import contextmanager

from yaosu.engine.extras import load_extra
from yaosu.kernel.refusal import refuse

CLUSTER_SECONDS_MAX = 20


@contextmanager
def at_work(cluster: str | None, backend: str = "loky") -> Iterator[str]:
    """The name of the backend; with the address of a Dask scheduler, connected to it meanwhile."""
    if cluster is None:
        yield backend
        return
    try:
        client = load_extra("distributed").Client(cluster, timeout=CLUSTER_SECONDS_MAX)
    except (OSError, ValueError) as error:
        reason = str(error) or type(error).__name__
        refuse("cli.cluster_unreachable", address=cluster, reason=reason)
    with client:
        yield "dask"
