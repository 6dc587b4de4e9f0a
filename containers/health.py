"""Whether the server in this container is alive: for its health check. Needs nothing but Python."""

import os
import sys
import urllib.request

SECONDS = 4


def is_alive(listen: str) -> bool:
    """Whether /health answers at the port of HOST:PORT, on this machine."""
    url = f"http://127.0.0.1:{listen.rpartition(':')[2]}/health"
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if is_alive(os.environ.get("YAOSU_LISTEN", "127.0.0.1:8420")) else 1)
