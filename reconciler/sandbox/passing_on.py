"""Everything that the sandbox does not implement itself goes to moto, imported when first needed.

moto's state is in memory only and shared by all sandboxes of a process. Its backends are not
thread-safe as a whole, so calls take turns.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from reconciler.sandbox.copies import MOTO_LOCK
from reconciler.sandbox.errors import ApiError
from reconciler.sandbox.shapes import is_operation
from reconciler.sandbox.wire import HttpAnswer, HttpRequest, Protocol, Scope, protocol_of

_LOG = logging.getLogger(__name__)
_NAMED = frozenset({Protocol.JSON, Protocol.QUERY})
_HOSTS = {
    "ecr": "api.ecr.{region}.amazonaws.com",
    "iam": "iam.amazonaws.com",
    "sagemaker": "api.sagemaker.{region}.amazonaws.com",
    "sts": "sts.{region}.amazonaws.com",
}


class Moto:
    """Passes calls to moto's backends, as the given account."""

    def answer(
        self,
        request: HttpRequest,
        scope: Scope,
        account: str,
        action: str,
        prepare: Callable[[], None],
    ) -> HttpAnswer:
        """Return moto's answer; `prepare` gives moto first what it needs to know.

        Raises:
            ApiError: moto lacks the operation, or broke on it.
        """
        operation = action.partition(":")[2]
        if protocol_of(request) in _NAMED and not is_operation(scope.service, operation):
            raise _unknown(action)
        try:
            with MOTO_LOCK:
                prepare()
                found = _ask(request, scope, account)
        except NotImplementedError as error:
            raise _unknown(action) from error
        except ImportError as error:
            raise ApiError(
                "UnknownOperationException",
                f"{action} needs moto: install sagemaker-reconciler[sandbox] ({error}).",
            ) from error
        except Exception as error:
            _LOG.exception("moto failed on %s", action)
            raise ApiError(
                "InternalFailure",
                f"moto failed on {action}: {type(error).__name__}: {error}",
                HTTPStatus.INTERNAL_SERVER_ERROR,
            ) from error
        if found is None or _is_placeholder(found):
            raise _unknown(action)
        return found

    def clear(self) -> None:
        """Forget moto's state, if moto was needed so far."""
        if "moto.core.models" not in sys.modules:
            return
        from moto.moto_api._internal.models import moto_api_backend

        with MOTO_LOCK:
            moto_api_backend.reset()


def _ask(request: HttpRequest, scope: Scope, account: str) -> HttpAnswer | None:
    """Hand the request to moto as if it had gone to AWS's own host name."""
    from botocore.awsrequest import AWSPreparedRequest
    from moto.core.botocore_stubber import BotocoreStubber

    host = _HOSTS.get(scope.service, "{service}.{region}.amazonaws.com").format(
        service=scope.service, region=scope.region
    )
    headers = {
        name: value
        for name, value in request.headers.items()
        if name not in {"host", "content-length", "transfer-encoding", "expect", "connection"}
    }
    headers |= {"host": host, "x-moto-account-id": account}
    prepared = AWSPreparedRequest(
        request.method,
        f"https://{host}{request.target}",
        headers,
        request.body,
        False,  # noqa: FBT003
    )
    found: Any = BotocoreStubber().process_request(prepared)
    if found is None:
        return None
    status, answered, body = found
    raw = body.encode() if isinstance(body, str) else bytes(body or b"")
    return HttpAnswer(status, raw, {str(name): str(value) for name, value in answered.items()})


def _is_placeholder(found: HttpAnswer) -> bool:
    """Return whether this is moto's way to say that it does not know the operation."""
    return found.status == HTTPStatus.NOT_FOUND and found.body == b"Not yet implemented"


def _unknown(action: str) -> ApiError:
    return ApiError("UnknownOperationException", f"The sandbox does not implement {action}.")
