"""A fan-out without any process: what others have to give the same bytes as."""

from aios.studies.run import execute


class Here:
    """Executes runs in this process, one after the other."""

    def run(self, requests):
        for request in requests:
            yield execute(request)
