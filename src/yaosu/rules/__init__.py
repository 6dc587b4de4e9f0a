"""By what rule: packs of conditions, tables, formulas, scorecards and parameters, with dates."""
