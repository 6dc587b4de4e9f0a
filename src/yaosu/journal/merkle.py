"""The Merkle tree over the headers: proofs that an entry is in, and that nothing was rewritten.

Source: RFC 6962, section 2.1 (hash, inclusion and consistency proofs); the iterative checks are
those of RFC 9162, sections 2.1.3.2 and 2.1.4.2, which are the same tree. Worked examples: the
eight-leaf tree in tests/journal/test_merkle.py.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

from yaosu.journal.store import Store
from yaosu.kernel.refusal import refuse_unless

EMPTY_ROOT = sha256(b"").digest()


class Tree:
    """The right edge of the tree: the roots of the complete subtrees, widest first.

    O(log n) space; adding a leaf costs one hash on average.
    """

    def __init__(self, size: int = 0, peaks: bytes = b"") -> None:
        assert len(peaks) == 32 * size.bit_count(), f"{len(peaks)} bytes of peaks for {size} leaves"
        self.size = size
        self._peaks = [peaks[at : at + 32] for at in range(0, len(peaks), 32)]

    @property
    def peaks(self) -> bytes:
        """The peaks as bytes: with ``size`` all that is needed to go on later."""
        return b"".join(self._peaks)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes on the right; the widest complete subtrees at once."""
        added = list(leaves)
        at, left = 0, len(added)
        while left:
            width = 1 << left.bit_length() - 1
            if self.size:
                width = min(width, self.size & -self.size)
            nodes = added[at : at + width]
            while len(nodes) > 1:
                pairs = zip(nodes[::2], nodes[1::2], strict=True)
                nodes = [sha256(b"\x01" + one + other).digest() for one, other in pairs]
            self._push(nodes[0], width)
            at, left = at + width, left - width

    def _push(self, node: bytes, width: int) -> None:
        """A complete subtree of this width: join it with those of its width that wait."""
        low = self.size // width
        while low & 1:
            node = sha256(b"\x01" + self._peaks.pop() + node).digest()
            low >>= 1
        self._peaks.append(node)
        self.size += width

    def root(self) -> bytes:
        """The root over all leaves; SHA-256 of nothing where there are none."""
        if not self._peaks:
            return EMPTY_ROOT
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = node_hash(peak, node)
        return node

    def copy(self) -> "Tree":
        """A tree that may go its own way."""
        return Tree(self.size, self.peaks)


class Subtrees:
    """Every complete subtree over some leaves, kept: many proofs after one reading.

    O(n) space, two hashes a leaf; a proof costs O(log n).
    """

    def __init__(self, leaves: Iterable[bytes]) -> None:
        self._levels = [list(leaves)]
        while len(below := self._levels[-1]) > 1:
            pairs = zip(below[::2], below[1::2], strict=False)
            self._levels.append([node_hash(left, right) for left, right in pairs])

    @property
    def size(self) -> int:
        """How many leaves."""
        return len(self._levels[0])

    def root(self) -> bytes:
        """The root over all leaves."""
        return root_between(self._complete, 0, self.size) if self.size else EMPTY_ROOT

    def inclusion(self, sequence: int) -> list[bytes]:
        """The hashes that lead from a leaf to the root."""
        assert 0 <= sequence < self.size, f"leaf {sequence} of {self.size}"
        spans = inclusion_spans(sequence, self.size)
        return [root_between(self._complete, *span) for span in spans]

    def _complete(self, first: int, height: int) -> bytes:
        return self._levels[height][first >> height]


def root_between(complete: Callable[[int, int], bytes], first: int, end: int) -> bytes:
    """The root of the leaves [first, end): its complete subtrees, joined from the right.

    Args:
        complete: gives the root of the 2^height leaves from ``first`` on.
        first, end: a subtree of the tree; not empty.
    """
    nodes = []
    while first < end:
        height = (end - first).bit_length() - 1
        nodes.append(complete(first, height))
        first += 1 << height
    node = nodes[-1]
    for left in reversed(nodes[:-1]):
        node = node_hash(left, node)
    return node


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of a one byte and the two children."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    tree = Tree()
    tree.extend(leaves)
    return tree.root()


def inclusion_proof(store: Store, sequence: int, size: int) -> list[bytes]:
    """The hashes that lead from entry ``sequence`` to the root of the first ``size`` entries.

    Raises:
        Refusal: `journal.bad_range` where the journal has no such tree or the tree no such entry.

    Cost: O(size) time (one hash an entry), O(log size) space.
    """
    refuse_unless(
        0 <= sequence < size <= store.size,
        "journal.bad_range",
        path=store.name,
        size=size,
        what="entry",
        asked=sequence,
    )
    return [_subtree(store, *span) for span in inclusion_spans(sequence, size)]


def consistency_proof(store: Store, old_size: int, size: int) -> list[bytes]:
    """The hashes that show a tree of ``old_size`` entries to be the beginning of the later one.

    Empty for ``old_size`` 0 or equal to ``size``.

    Raises:
        Refusal: `journal.bad_range` where the journal has no such trees.

    Cost: O(size) time, O(log size) space.
    """
    refuse_unless(
        0 <= old_size <= size <= store.size,
        "journal.bad_range",
        path=store.name,
        size=size,
        what="the earlier size",
        asked=old_size,
    )
    return [_subtree(store, *span) for span in consistency_spans(old_size, size)]


def inclusion_spans(sequence: int, size: int) -> Iterator[tuple[int, int]]:
    """The subtrees [first, end) whose roots are the proof of an entry, lowest first."""
    return _inclusion_spans(sequence, 0, size)


def consistency_spans(old_size: int, size: int) -> Iterator[tuple[int, int]]:
    """The subtrees [first, end) whose roots prove the continuation of a tree, in proof order."""
    if old_size not in {0, size}:
        yield from _consistency_spans(old_size, 0, size, whole=True)


def verify_inclusion(
    leaf: bytes, sequence: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether ``proof`` leads from the leaf at ``sequence`` to ``root`` of ``size`` entries."""
    if not 0 <= sequence < size:
        return False
    at, last, node = sequence, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(
    old_size: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether ``proof`` shows the old tree to be the beginning of the new one."""
    if not 0 <= old_size <= size:
        return False
    if old_size == size:
        return not proof and old_root == root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof)
    if old_size & (old_size - 1) == 0:  # the old tree is a complete subtree of the new one
        path.insert(0, old_root)
    if not path:
        return False
    at, last = old_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_node = node = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old_node, node = node_hash(sibling, old_node), node_hash(sibling, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and old_node == old_root and node == root


def _subtree(store: Store, first: int, end: int) -> bytes:
    return root_of(store.hashes(first, end - 1))


def _inclusion_spans(index: int, first: int, size: int) -> Iterator[tuple[int, int]]:
    """The subtrees [first, end) beside the path from a leaf to the root, lowest first."""
    if size == 1:
        return
    half = _largest_power_below(size)
    if index < half:
        yield from _inclusion_spans(index, first, half)
        yield first + half, first + size
    else:
        yield from _inclusion_spans(index - half, first + half, size - half)
        yield first, first + half


def _consistency_spans(old: int, first: int, size: int, whole: bool) -> Iterator[tuple[int, int]]:
    """SUBPROOF of RFC 6962, section 2.1.2; ``whole``: the old tree is known to the verifier."""
    if old == size:
        if not whole:
            yield first, first + size
        return
    half = _largest_power_below(size)
    if old <= half:
        yield from _consistency_spans(old, first, half, whole)
        yield first + half, first + size
    else:
        yield from _consistency_spans(old - half, first + half, size - half, whole=False)
        yield first, first + half


def _largest_power_below(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1
