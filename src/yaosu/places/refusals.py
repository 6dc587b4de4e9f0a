"""Why places may say no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "places.no_tree": (
            "no region tree is in force",
            "define the regions first (define_regions)",
        ),
        "places.bad_tree": (
            "the regions are not a tree: {region} {reason}",
            "give every region once, with a parent that is in the same version",
        ),
        "places.version_exists": (
            "version {version} of {what} exists",
            "choose a new version; what was defined is never overwritten",
        ),
        "places.not_later": (
            "version {version} of {what} would take effect at {effective}, not after {before}",
            "let it take effect later than the version before it",
        ),
        "places.unknown_region": (
            "region {region} is not in the tree in force",
            "name a region of the tree, or define a tree that has it",
        ),
        "places.region_in_use": (
            "the new tree lacks region {region}, which zone {zone} names",
            "keep the region, or end the zone first",
        ),
        "places.bad_links": (
            "the links of {network} cannot be read: {reason}",
            "give columns source, target (region ids), capacity and cost (whole numbers >= 0)",
        ),
        "places.bad_term": (
            "{what} would end at {end}, not after its beginning at {begin}",
            "give an end after the beginning, or 0 for none",
        ),
        "places.empty_zone": (
            "zone {zone} has no region",
            "name at least one region",
        ),
        "places.unknown_zone": (
            "zone {zone} is not defined",
            "define it first (define_zone)",
        ),
        "places.unknown_calendar": (
            "calendar {calendar} is not defined",
            "define it first (define_calendar)",
        ),
        "places.bad_day": (
            "{day!r} is not a day",
            "write it as 2026-11-21",
        ),
        "places.bad_days": (
            "{days} is not a number of working days",
            "give a whole number from 0 to 20000",
        ),
        "places.bad_calendar": (
            "calendar {calendar} does not hold together: {reason}",
            "correct the day and define the calendar again",
        ),
        "places.bad_spatial_tree": (
            "spatial tree {tree} does not hold together: {unit} {reason}",
            "correct it and define the tree again; each part lies in one unit of the level above, "
            "and areas in m2 add up exactly",
        ),
        "places.unknown_spatial_tree": (
            "no spatial tree {tree} is in force",
            "define it first (define_spatial_tree)",
        ),
        "places.unknown_spatial_unit": (
            "{unit} is no spatial unit of tree {tree}",
            "name one of the tree in force, or define a version that has it",
        ),
        "places.plan_does_not_fit": (
            "plan {plan} does not fit: {reason}",
            "let the parts of each spatial unit add up to what the plan says of it",
        ),
        "places.plan_left_behind": (
            "version {version} of spatial tree {tree} leaves {plan} behind: {reason}",
            "keep the spatial units that plans and controls name, with room for what they say",
        ),
        "places.bad_control": (
            "plan control {control} does not say what it does, to which uses, where",
            "name spatial units, uses, and one of {effects}",
        ),
        "places.control_tie": (
            "plan controls {control} and {other} meet at {unit}, differ, and neither comes first",
            "give one of them a higher precedence",
        ),
        "places.bad_geojson": (
            "{what} cannot be read: {reason}",
            "give a FeatureCollection of polygons, each with an id, and level, parent and area_m2 "
            "among its properties",
        ),
        "places.bad_geopackage": (
            "{what} of the GeoPackage cannot be read: {reason}",
            "give a layer spatial_units of polygons with the columns that yaosu places geopackage "
            "writes",
        ),
        "places.calendar_ends": (
            "calendar {calendar} knows {first_day} to {last_day}, {day} is outside",
            "define a version of the calendar that covers that day",
        ),
    }
)
