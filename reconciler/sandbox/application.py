"""One request, from bytes to bytes: who calls, what for, which trouble, and the answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType

from reconciler.sandbox import ecr_repositories, kms_keys, s3_buckets
from reconciler.sandbox.calls import Call, CallLog
from reconciler.sandbox.context import Context, World
from reconciler.sandbox.copies import copy, shelf_for
from reconciler.sandbox.credentials import Caller, identify
from reconciler.sandbox.errors import AnswerLost, ApiError, SandboxFault
from reconciler.sandbox.faults import Faults
from reconciler.sandbox.operations import implementation
from reconciler.sandbox.passing_on import Moto
from reconciler.sandbox.principals import Principals
from reconciler.sandbox.validation import check
from reconciler.sandbox.wire import (
    HttpAnswer,
    HttpRequest,
    Question,
    Scope,
    answer,
    code_of,
    error_answer,
    protocol_of,
    question_of,
    scope_of,
)

_JUDGES = MappingProxyType(
    {
        "ecr": ecr_repositories.authorize_passed_on,
        "kms": kms_keys.authorize_passed_on,
        "s3": s3_buckets.authorize_passed_on,
    }
)
_CHECKED = frozenset({"kms", "sagemaker"})
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Incoming:
    """One understood request with its caller, and as the call log and fault rules see it."""

    request: HttpRequest
    scope: Scope
    caller: Caller
    question: Question

    @property
    def call(self) -> Call:
        return Call(
            self.scope.service,
            self.question.operation,
            self.caller.account,
            self.scope.region,
            self.question.parameters,
            caller_arn=self.caller.arn,
        )


class Application:
    """Answers requests against one world. Safe to use from any thread."""

    def __init__(
        self, world: World, faults: Faults, calls: CallLog, clock: Callable[[], float]
    ) -> None:
        self._world = world
        self._faults = faults
        self._calls = calls
        self._clock = clock
        self._moto = Moto()

    @property
    def principals(self) -> Principals:
        """Return who exists in IAM."""
        return self._world.principals

    def clear(self) -> None:
        """Forget what is in memory: registries, calls, faults, and moto's state."""
        self._world.clear()
        self._calls.clear()
        self._faults.clear()
        self._moto.clear()

    def respond(self, request: HttpRequest) -> HttpAnswer | None:
        """Return the answer, or None when the connection is to be closed without one."""
        try:
            scope = scope_of(request)
            caller = identify(scope.access_key, scope.token, self._clock())
            question = question_of(request, scope.service)
        except ApiError as error:
            return error_answer(protocol_of(request), error)
        return self._recorded(_Incoming(request, scope, caller, question))

    def _recorded(self, incoming: _Incoming) -> HttpAnswer | None:
        """Answer and note the outcome; whatever breaks, the client gets a well-formed error.

        A fault of the sandbox itself (a damaged state file) has the code SandboxFault.
        """
        call = incoming.call
        try:
            self._faults.run_before(call)
            found = self._carried_out(incoming, call)
            self._faults.run_after(call)
        except AnswerLost:
            self._calls.add(call.answered("AnswerLost"))
            return None
        except ApiError as error:
            failure = error
        except SandboxFault as error:
            failure = ApiError("SandboxFault", f"{error}")  # 4xx: a retry would not help
        except Exception as error:  # noqa: BLE001 - the boundary: a client never sees a traceback
            _LOG.exception("the sandbox failed on %s", call.action)
            failure = _internal(f"The sandbox failed: {error!r}")
        else:
            self._calls.add(call.answered(code_of(found)))
            return found
        self._calls.add(call.answered(failure.code))
        return error_answer(incoming.question.protocol, failure)

    def _carried_out(self, incoming: _Incoming, call: Call) -> HttpAnswer:
        question, scope = incoming.question, incoming.scope
        operation = implementation(call.action, question.parameters)
        context = Context(self._world, incoming.caller, scope.region, self._clock())
        if operation is None:
            return self._passed_on(incoming, call, context)
        if scope.service in _CHECKED:
            check(scope.service, question.operation, question.parameters, self._world.settings)
        return answer(question, operation(context, question.parameters))

    def _passed_on(self, incoming: _Incoming, call: Call, context: Context) -> HttpAnswer:
        """Have moto answer, after judging what it would let everybody do."""
        scope = incoming.scope
        judge = _JUDGES.get(scope.service)
        account = call.account
        if judge is not None:
            account = judge(context, call.operation, call.parameters)
        kind = shelf_for(scope.service)

        def prepare() -> None:
            if kind is not None:
                copy(self._world.shelf(kind), context.home, call.parameters)

        return self._moto.answer(incoming.request, scope, account, call.action, prepare)


def _internal(message: str) -> ApiError:
    return ApiError("InternalFailure", message, HTTPStatus.INTERNAL_SERVER_ERROR)
