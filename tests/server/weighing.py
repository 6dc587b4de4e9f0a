"""What a page of the console weighs with all that it loads, packed as it may travel."""

import gzip
import re
from urllib.parse import urljoin

import httpx

LOADED = re.compile(r'<(?:link|script|img|iframe)\b[^>]*?(?:href|src)="([^"#]+)"')
IMPORTED = re.compile(r'\bfrom\s*"([^"]+)"|\bimport\s*"([^"]+)"|url\("?([^")]+)"?\)')


def weigh(client: httpx.Client, path: str) -> dict[str, int]:
    """Address -> bytes, packed with gzip, of a page and of everything it loads from the server."""
    found: dict[str, int] = {}
    waiting = [path]
    while waiting:
        address = waiting.pop()
        if address in found or address.startswith("data:"):
            continue
        answer = client.get(address)
        assert answer.status_code in (200, 404), f"{address}: {answer.status_code}"
        found[address] = len(gzip.compress(answer.content))
        if "text" in answer.headers["content-type"]:
            is_page = "html" in answer.headers["content-type"]
            links = (LOADED if is_page else IMPORTED).findall(answer.text)
            names = [link if is_page else next(filter(None, link)) for link in links]
            waiting += [urljoin(address, name) for name in names]
    return found
