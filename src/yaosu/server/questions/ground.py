"""Questions about the ground: spatial trees and what may be done on them."""

from typing import Any

from yaosu.kernel.instant import parse_instant
from yaosu.places.methods.spatial_tree import path_up
from yaosu.places.planning import permitted_uses, spatial_version
from yaosu.server.questions.looking import Asked, Look, Question


class Tree(Asked, frozen=True, kw_only=True):
    """A spatial tree, at an instant or now."""

    tree: str
    at: str | None = None


class Plot(Asked, frozen=True, kw_only=True):
    """A spatial unit of a tree, at an instant or now."""

    tree: str
    unit: str
    at: str | None = None


def tree(look: Look, asked: Tree) -> Any:
    """A version of a spatial tree with all its units, and the instant."""
    with look.state() as state:
        at = state.now if asked.at is None else parse_instant(asked.at)
        return {"instant": at, "version": spatial_version(state, asked.tree, at)}


def uses(look: Look, asked: Plot) -> Any:
    """What may be done on a spatial unit."""
    with look.state() as state:
        at = state.now if asked.at is None else parse_instant(asked.at)
        permitted = permitted_uses(state, asked.tree, asked.unit, at)
        path = path_up(spatial_version(state, asked.tree, at).units, asked.unit)
        return {"instant": at, "path": path, "permitted": permitted}


GROUND: dict[str, Question] = {
    "places.tree": Question(
        asked=Tree, answer=tree, shown="all", what="A spatial tree with all its units."
    ),
    "places.uses": Question(
        asked=Plot, answer=uses, shown="all", what="What may be done on a spatial unit."
    ),
}
