"""A process that writes a journal as fast as it can, to be stopped, resumed, or cut off.

    python -m tests.journal.writer_process URL

Prints ``epoch N``, a line with the size after each acknowledged entry, and in the end the code of
the refusal that ended it.
"""

import sys

from tests.journal.build import next_entries
from yaosu.journal import MemoryStore, open_postgres
from yaosu.kernel.refusal import Refusal


def main() -> None:
    try:
        with open_postgres(sys.argv[1]) as store:
            print("epoch", store.epoch, flush=True)
            twin = MemoryStore()  # what this writer believes, whatever the database says
            while True:
                batch = next_entries(twin, 1)
                store.append(batch)
                twin.append(batch)
                print(twin.size, flush=True)
    except Refusal as refusal:
        print(refusal.code, flush=True)


if __name__ == "__main__":
    main()
