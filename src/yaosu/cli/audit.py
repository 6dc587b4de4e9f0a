"""``yaosu audit``: every recorded decision decided again under the rules recorded with it."""

from typing import TYPE_CHECKING

import click

from yaosu.cli.opening import journal_place, open_journal
from yaosu.cli.output import CHECK_FAILED, DONE, json_option, progress, say, say_json
from yaosu.cli.verify import Advance

if TYPE_CHECKING:
    from yaosu.journal.opening import Place


@click.command()
@click.argument("journal", type=journal_place)
@json_option
def audit(journal: "Place", as_json: bool) -> int:
    """Decide everything in the JOURNAL again and compare.

    Clearings are not solved again; their certificates are verified. Ends with 3 where a decision
    of this version comes out otherwise. One of another version is named, with both versions, and
    is no fault by itself.
    """
    from yaosu.engine.proof import audit as decide_again

    with open_journal(journal) as store, progress("auditing", store.size) as step:
        audited = decide_again(store, Advance(step))
    if as_json:
        say_json(
            "audit/1",
            journal=str(journal),
            clean=audited.is_clean,
            entries=audited.entries,
            recorded=audited.recorded,
            clearings=audited.clearings,
            version=audited.version,
            versions={str(version): count for version, count in audited.versions.items()},
            erased=audited.erased,
            unlike=audited.unlike,
            changed=audited.changed,
            differences=[
                {
                    "sequence": found.sequence,
                    "command": found.command,
                    "recorded": found.recorded,
                    "now": found.now,
                    "version": found.version,
                }
                for found in audited.differences
            ],
        )
    else:
        say(f"{journal}: {audited.entries} of {audited.recorded} entries decided again as recorded")
        say(f"  {audited.clearings} clearings verified by their certificates")
        for version, count in audited.versions.items():
            if version != audited.version:
                say(f"  {count} entries decided by version {version}, now {audited.version}")
        if audited.erased:
            say(f"  {audited.erased} sealed items were erased; no decision reads what is sealed")
        for found in audited.differences:
            is_other = found.version != audited.version
            by = f"; decided by version {found.version}, now {audited.version}" if is_other else ""
            say(
                f"  entry {found.sequence} ({found.command}): recorded {found.recorded}, "
                f"now {found.now}{by}"
            )
        more = audited.unlike + audited.changed - len(audited.differences)
        if more:
            say(f"  and {more} more that come out otherwise")
        if audited.changed:
            say(
                f"  notice: {audited.changed} entries of another version come out otherwise here; "
                "whether they were decided as it would, an audit with that version says"
            )
        if audited.unlike:
            say(f"  {audited.unlike} entries of this version come out otherwise: not as decided")
    return DONE if audited.is_clean else CHECK_FAILED
