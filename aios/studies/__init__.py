"""Studies: grids of scenarios, controllers, policies and models, run many at a time, compared."""

from aios.studies.grid import planned
from aios.studies.results import StudyFolder
from aios.studies.run import execute
from aios.studies.study_file import load_study

__all__ = ["StudyFolder", "execute", "load_study", "planned"]
