"""Every kind of draft: one literal table."""

from yaosu.server.console.drafts.applying import next_of, read_application, tell_application
from yaosu.server.console.drafts.draft import Kind
from yaosu.server.console.drafts.founding import (
    read_calendar,
    read_factors,
    read_key,
    read_offices,
    read_regions,
    read_venue,
    tell_calendar,
    tell_factors,
    tell_key,
    tell_offices,
    tell_regions,
    tell_venue,
)
from yaosu.server.console.drafts.listing import read_listing, tell_listing
from yaosu.server.console.drafts.market import read_market, tell_market
from yaosu.server.console.drafts.rules import next_of as next_of_rules
from yaosu.server.console.drafts.rules import read_rules, tell_rules, warm_rules

TERMS = "told_terms.html"
DRAFTS: dict[str, Kind] = {
    "venue": Kind(read_venue, tell_venue, TERMS),
    "key": Kind(read_key, tell_key, TERMS),
    "rules": Kind(read_rules, tell_rules, "told_rules.html", warm_rules, next=next_of_rules),
    "regions": Kind(read_regions, tell_regions, TERMS),
    "calendar": Kind(read_calendar, tell_calendar, TERMS),
    "factors": Kind(read_factors, tell_factors, TERMS),
    "offices": Kind(read_offices, tell_offices, TERMS),
    "market": Kind(read_market, tell_market, TERMS),
    "application": Kind(
        read_application, tell_application, "told_application.html", is_for_all=True, next=next_of
    ),
    "listing": Kind(read_listing, tell_listing, TERMS, is_for_all=True),
}
