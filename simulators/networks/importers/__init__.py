"""Importers: a network from somewhere else becomes tables of ours, and what cannot be carried is named."""
