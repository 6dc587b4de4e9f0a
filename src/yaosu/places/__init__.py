"""Where and when: regions in a versioned tree, links, zones, calendars of working days."""
