"""The embedded gate: policies evaluated in this process by regorus. The only file that knows regorus.

regorus holds the interpreter lock for a whole evaluation and its engine belongs to the thread that made
it. So the gate is inline: it answers before it returns, and no time-out can be kept here. A budget in real
seconds needs `policies.process` around it; the evaluation itself is pure and never reads a clock.
"""

from __future__ import annotations

import itertools
import os
import weakref
from threading import local
from typing import Final

import msgspec

from kernel.ports import GateRequest
from kernel.verdict import Judgement
from policies.bundle import ENTRY, Module, PolicyBundle
from policies.gate import believe_text, encode_request

# The bytecode VM of regorus gave wrong answers in our measurements: never use it.
# Its allocator (mimalloc) keeps what an engine needed, 8 MiB of a gateway that judges its safe set once; told
# so before it is loaded, it gives it back at once, and judges as fast.
os.environ.setdefault("MIMALLOC_PURGE_DELAY", "0")
from regorus import Engine

UNDEFINED: Final = '"<undefined>"'
"""What regorus writes where a rule has no value."""
_PANIC: Final = "PanicException"


class EvaluationFailed(RuntimeError):
    """The evaluator gave no document; the message says why in one line."""


class _Engines(local):
    """The engines of one thread, by the number of their evaluator."""

    def __init__(self) -> None:
        self.of: dict[int, Engine] = {}


_engines: Final = _Engines()
_numbers: Final = itertools.count()
_living: Final[set[int]] = set()
"""Evaluators that somebody has. Garbage is collected in any thread, so the engine of one that has ended stays
until its own thread builds the next: dropped elsewhere it panics."""


class Evaluator:
    """Evaluates one rule of fixed modules and data; each thread that asks has an engine of its own."""

    def __init__(self, modules: tuple[Module, ...], data: str) -> None:
        self._modules = modules
        self._data = data
        self._number = next(_numbers)
        _living.add(self._number)
        weakref.finalize(self, _living.discard, self._number).atexit = False
        _engines.of[self._number] = self._build()

    def evaluate(self, rule: str, request: bytes) -> object:
        """Return the document of a rule for an input; None where it is undefined.

        Raises:
            EvaluationFailed: error, panic or undecodable answer.
        """
        try:
            return msgspec.json.decode(self.evaluate_text(rule, request))
        except msgspec.DecodeError as error:
            raise EvaluationFailed(_words(error)) from None

    def evaluate_text(self, rule: str, request: bytes) -> str:
        """Return the document of a rule for an input as JSON; `null` where it is undefined.

        Raises:
            EvaluationFailed: error or panic. After a panic the engine is not trusted any more: the next call
                builds a new one.
        """
        try:
            engine = self._engine()
            engine.set_input_json(request.decode())
            text: str = engine.eval_rule_as_json(rule)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in foreign code is a denial
            raise EvaluationFailed(_words(error)) from None
        except BaseException as error:  # a Rust panic is none that `except Exception` would see
            # Any other BaseException (cancellation, exit) is not ours to swallow.
            if type(error).__name__ != _PANIC:
                raise
            _engines.of.pop(self._number, None)
            raise EvaluationFailed(f"the evaluator panicked: {_words(error)}") from None
        return "null" if text == UNDEFINED else text

    def rest(self) -> None:
        """Let go of this thread's engine; who asks again builds one.

        A thread that lives on keeps its engine. Where the process then forks, the child throws the things of
        all other threads away, in a thread that is not theirs: the engine panics.
        """
        _engines.of.pop(self._number, None)

    def _engine(self) -> Engine:
        engine = _engines.of.get(self._number)
        if engine is None:
            engine = _engines.of[self._number] = self._build()
        return engine

    def _build(self) -> Engine:
        """Parse the modules and load the data.

        Raises:
            EvaluationFailed: a module does not parse, or the data do not fit.
        """
        for number in _engines.of.keys() - _living:
            _engines.of.pop(number, None)
        engine = Engine()
        try:
            for module in self._modules:
                engine.add_policy(module.path, module.text)
            engine.add_data_json(self._data)
        except (RuntimeError, ValueError) as error:
            raise EvaluationFailed(_words(error)) from None
        return engine


class EmbeddedGate:
    """Judges inline, in the calling thread, all commands of a tick in one evaluation."""

    def __init__(self, bundle: PolicyBundle) -> None:
        """Compile the bundle.

        Raises:
            EvaluationFailed: the bundle does not compile.
        """
        self.revision = bundle.revision
        self._reads = bundle.reads
        self._evaluator = Evaluator(bundle.modules, bundle.data)

    async def judge(self, request: GateRequest) -> Judgement:
        """Return a verdict for each command, or a failure that denies them all."""
        return self.judge_now(request)

    def judge_now(self, request: GateRequest) -> Judgement:
        """Do what `judge` does, without a loop: for workers and measurements."""
        try:
            text = self._evaluator.evaluate_text(ENTRY, encode_request(request, self._reads))
        except EvaluationFailed as failure:
            return Judgement(failure=f"embedded policy: {failure}")
        return believe_text(text, expected_revision=self.revision, commands=request.commands)

    def rest(self) -> None:
        """Let go of this thread's engine; a judgement later builds one."""
        self._evaluator.rest()

    async def close(self) -> None:
        """Let go of this thread's engine."""
        self.rest()


def _words(error: BaseException) -> str:
    """Return place and message of an error, without the evaluator's source excerpt and stack trace."""
    lines = str(error).partition("Stack backtrace")[0].strip().splitlines()
    telling = [line.strip() for line in lines if line.startswith(("-->", "error:"))] or lines[:1]
    return " ".join(telling) or type(error).__name__
