"""The report of a study: plots, tables with intervals, and every number linked to its run, in one file."""

from aios.studies.report.report import figures_of, write_report

__all__ = ["figures_of", "write_report"]
