"""The write-ahead log, looked at before SQLite cuts it: a torn tail is cut, a hole is not.

SQLite recovers the frames up to the first one whose checksum fails and forgets what follows, in
silence. After a crash that is right: every commit was synced before the next began, so only the
last one can be torn. But where whole commits stand *behind* the failing frame, the disk has lost
something that was acknowledged, and nobody may go on as if it had never been.

Source: "Database File Format", section 4 (the WAL format), sqlite.org/fileformat2.html.
"""

import struct

import numpy as np
from numpy.typing import NDArray

from yaosu.journal.damage import damaged

LOG = "the write-ahead log"
HEADER = struct.Struct(">8I")  # magic, version, page size, checkpoint, salt x 2, checksum x 2
FRAME = struct.Struct(">6I")  # page, size after a commit or 0, salt x 2, checksum x 2
MAGIC = 0x377F0682  # the last bit set: checksums over big-endian words
WORD = 0xFFFFFFFF
FRAMES_AT_ONCE = 256


def check_log(path: str) -> None:
    """Refuse to recover a log in which commits follow a failing frame.

    Call it only where nobody is writing. A single failing commit at the end cannot be told from
    one that was never finished; it is cut.

    Raises:
        Refusal: `journal.damaged` naming the frame.

    Cost: one reading of the log.
    """
    try:
        with open(path + "-wal", "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return
    if len(data) <= HEADER.size:
        return
    magic, _, page, _, *salts_and_sums = HEADER.unpack_from(data)
    salts, sums = salts_and_sums[:2], salts_and_sums[2:]
    sound = magic & ~1 == MAGIC and page in _PAGE_SIZES
    if not sound or _checksum(data[:24], magic, (0, 0)) != tuple(sums):
        raise damaged(path, LOG, "its header")
    step = FRAME.size + page
    count = (len(data) - HEADER.size) // step
    headers = [FRAME.unpack_from(data, HEADER.size + at * step) for at in range(count)]
    good = _count_good(data, magic, page, headers, salts, sums)
    behind = sum(
        1 for _, committed, *rest in headers[good + 1 :] if committed and rest[:2] == salts
    )
    if behind > 1:
        raise damaged(path, LOG, f"frame {good + 1} of {count}, with {behind} commits behind it")


def _count_good(
    data: bytes,
    magic: int,
    page: int,
    headers: list[tuple[int, ...]],
    salts: list[int],
    sums: list[int],
) -> int:
    """How many frames from the first on carry the right salts and checksums."""
    step = FRAME.size + page
    s0, s1 = sums
    pairs = (8 + page) // 8
    weights, (a, b, c, d) = _weights(pairs)
    for first in range(0, len(headers), FRAMES_AT_ONCE):
        some = headers[first : first + FRAMES_AT_ONCE]
        start = HEADER.size + first * step
        block = np.frombuffer(data, np.uint8, len(some) * step, start).reshape(-1, step)
        covered = np.concatenate([block[:, :8], block[:, FRAME.size :]], axis=1)
        words = covered.view(">u4" if magic & 1 else "<u4").astype(np.uint32)
        for at, (part0, part1) in enumerate((words @ weights).tolist()):
            s0, s1 = (a * s0 + b * s1 + part0) & WORD, (c * s0 + d * s1 + part1) & WORD
            number, _, salt0, salt1, sum0, sum1 = some[at]
            if not number or [salt0, salt1] != salts or (sum0, sum1) != (s0, s1):
                return first + at
    return len(headers)


def _checksum(data: bytes, magic: int, start: tuple[int, int]) -> tuple[int, int]:
    """The checksum as the format page writes it down."""
    s0, s1 = start
    words = struct.unpack(f"{'>' if magic & 1 else '<'}{len(data) // 4}I", data)
    for x0, x1 in zip(words[::2], words[1::2], strict=True):
        s0 = (s0 + x0 + s1) & WORD
        s1 = (s1 + x1 + s0) & WORD
    return s0, s1


def _weights(pairs: int) -> tuple[NDArray[np.uint32], tuple[int, int, int, int]]:
    """The checksum is linear in the words: what each word counts, and what the start counts.

    One step is s0' = s0 + s1 + x0, s1' = s0 + 2 s1 + x0 + x1, all modulo 2**32.
    """
    weights = np.zeros((2 * pairs, 2), np.uint32)
    a, b, c, d = 1, 0, 0, 1  # the steps still to come, as a matrix by rows
    for pair in reversed(range(pairs)):
        weights[2 * pair] = (a + b) & WORD, (c + d) & WORD
        weights[2 * pair + 1] = b, d
        a, b, c, d = (a + b) & WORD, (a + 2 * b) & WORD, (c + d) & WORD, (c + 2 * d) & WORD
    return weights, (a, b, c, d)


_PAGE_SIZES = frozenset(1 << power for power in range(9, 17))
