"""The virtual clock: a whole substation in one process, as fast as it computes, and the words on its day."""
