"""Record the journal of this release: a fixture that every later version must recover.

    PYTHONPATH=src:. python tools/record_release.py [FOLDER]

Writes VERSION.db and VERSION.json into tests/fixtures/recorded (or FOLDER): the journal, and what
any version must find in it. Run it once, right before a release; a recorded one is never changed.
"""

import json
import sys
import tempfile
from pathlib import Path

from tests.fixtures.release_story import record
from tests.fixtures.released import found_in
from yaosu import __version__
from yaosu.door import use_compiled_code

RECORDED = Path(__file__).parents[1] / "tests" / "fixtures" / "recorded"


def main() -> None:
    """Record it somewhere else, and only when whole put it in its place."""
    use_compiled_code()  # kept in the cache folder
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDED
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "market.db"
        record(path)
        expected = found_in(path)
        target.mkdir(parents=True, exist_ok=True)
        (target / f"{__version__}.db").write_bytes(path.read_bytes())
    text = json.dumps({"version": __version__, **expected}, indent=1, ensure_ascii=False)
    (target / f"{__version__}.json").write_text(text + "\n", encoding="utf-8")
    print(f"{target}: {expected['entries']} entries")


if __name__ == "__main__":
    main()
