"""Questions to all sixteen policies: a town that has every fact they ask for."""
