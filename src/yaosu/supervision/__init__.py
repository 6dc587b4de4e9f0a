"""The market is watched: alerts, standing, measures and findings under one rule pack."""
