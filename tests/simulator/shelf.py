"""A shelf of snapshots in memory, with files that bend, for a follower and a writer to share."""

import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulator.disk import Disk, SimulatedStore
from yaosu.engine.snapshot import KEPT, MAGIC, About, Shelf
from yaosu.kernel import canonical


@dataclass
class SimulatedFile:
    """As much of a path as a snapshot is read by."""

    name: str
    data: bytes

    def read_bytes(self) -> bytes:
        return self.data

    def exists(self) -> bool:
        return True

    def __str__(self) -> str:
        return self.name


@dataclass
class SimulatedShelf(Shelf):
    """Snapshots as they lie there; a power cut leaves them, since each is synced and then named."""

    files: list[SimulatedFile] = field(default_factory=list)

    def paths(self) -> list[Path]:
        return list(self.files)  # type: ignore[arg-type]  # they stand in for paths

    def save(self, about: About, body: bytes) -> Path:
        head = canonical.encode(about)
        begin = MAGIC + canonical.digest(head) + len(head).to_bytes(4, "little") + head
        new = SimulatedFile(f"{about.sequence:015d}.snapshot", begin + body)
        kept = [file for file in self.files if file.name != new.name]
        self.files = sorted([*kept, new], key=lambda file: file.name, reverse=True)[:KEPT]
        return self.paths()[0]

    def bend(self, number: int) -> bool:
        """Flip a bit of the newest; whether there was one."""
        if not self.files:
            return False
        data = bytearray(self.files[0].data)
        data[number // 8 % len(data)] ^= 1 << number % 8
        self.files[0].data = bytes(data)
        return True


def as_a_reader_sees(disk: Disk) -> SimulatedStore:
    """The journal as another process reads it: also what is written and not yet synced."""
    return SimulatedStore(Disk(random.Random(0), list(disk.frames), disk.synced))
