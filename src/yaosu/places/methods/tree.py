"""The region tree: is it one, and what lies above and below a region."""

from collections.abc import Iterable, Mapping

from yaosu.places.values import Region

DEPTH_MAX = 20


def fault_in(regions: Iterable[Region]) -> tuple[str, str] | None:
    """The first region that does not fit into a tree and why, or None.

    Returns:
        (region id, reason): twice there, its parent missing, or above itself.
    """
    known: dict[str, Region] = {}
    for region in regions:
        if region.id in known:
            return region.id, "is there twice"
        known[region.id] = region
    for region_id in sorted(known):
        parent = known[region_id].parent
        if parent and parent not in known:
            return region_id, f"lies in {parent}, which is not there"
    for region_id in sorted(known):
        if len(path_of(known, region_id)) > DEPTH_MAX:
            return region_id, f"lies in itself, or deeper than {DEPTH_MAX} levels"
    return None


def path_of(regions: Mapping[str, Region], region: str) -> list[str]:
    """The region and all that lie above it, nearest first; stops after ``DEPTH_MAX`` + 1 steps."""
    path: list[str] = []
    while region in regions and len(path) <= DEPTH_MAX:
        path.append(region)
        region = regions[region].parent
    return path


def covered_by(regions: Mapping[str, Region], chosen: Iterable[str]) -> set[str]:
    """The chosen regions and all that lie below them. For counting and membership only."""
    wanted = set(chosen)
    return {region for region in regions if not wanted.isdisjoint(path_of(regions, region))}
