"""Condition of assets: observers, failure chances, and repair orders ranked by what waiting costs."""
