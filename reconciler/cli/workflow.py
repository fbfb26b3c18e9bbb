"""What plan and apply have in common once the manifests are read: sessions, then the plan."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from reconciler.aws.api import AwsFault
from reconciler.aws.sessions import AmbientSessions, CallerSessions, Mode, Sessions
from reconciler.aws.trace import log_call
from reconciler.cli.options import (
    SANDBOX_STATE,
    ConnectionOptions,
    RunOptions,
    SelectingOptions,
    roots_of,
)
from reconciler.cli.sandbox_access import SandboxSessions, sandbox_endpoint
from reconciler.core.plan import Source
from reconciler.engine.desired import DesiredState
from reconciler.engine.guards import Limits
from reconciler.engine.plan import Planned, make_plan
from reconciler.engine.selection import Selection
from reconciler.errors import UsageError
from reconciler.kinds import HANDLERS, Handlers


@contextmanager
def sessions(options: ConnectionOptions, mode: Mode) -> Iterator[Sessions]:
    """Yield verified access to the environments: AWS, or the sandbox if that was asked for."""
    with ExitStack() as stack:
        caller: CallerSessions = AmbientSessions(options["profile"])
        endpoint: str | None = None
        if _wants_sandbox(options):
            state = options["sandbox_state"] or SANDBOX_STATE
            endpoint = stack.enter_context(sandbox_endpoint(state, roots_of(options["paths"])))
            caller = SandboxSessions()
        yield stack.enter_context(
            Sessions(
                caller,
                mode=mode,
                endpoint_url=endpoint,
                parallelism=options["parallelism"],
                trace=log_call,
            )
        )


def plan_with(
    state: DesiredState, access: Sessions, options: RunOptions, handlers: Handlers = HANDLERS
) -> Planned:
    """Return the plan for the resources that were selected. Reads, never writes."""
    selection = selection_of(options)
    with ThreadPoolExecutor(1) as beside:
        source = beside.submit(_source, state, access, selection, roots_of(options["paths"]))
        planned = make_plan(
            state,
            access.reads(),
            handlers=handlers,
            selection=selection,
            limits=Limits(max_changes=options["max_changes"]),
        )
    return replace(planned, plan=replace(planned.plan, source=source.result()))


def _source(
    state: DesiredState, access: Sessions, selection: Selection, roots: tuple[Path, ...]
) -> Source | None:
    """Return the commit of the manifests, found while AWS answers.

    Loading GitPython takes the interpreter as long as a call takes AWS, so it must not come
    before the first call: that the first environment is proven says that there was one.
    """
    from reconciler.git.source import source_of

    first = next((each.environment for each in state.resources if selection.keeps(each)), None)
    if first is not None:
        with suppress(AwsFault):  # told where the environment is read
            access.verify(first)
    return source_of(roots)


def _wants_sandbox(options: ConnectionOptions) -> bool:
    if options["sandbox"] and options["profile"]:
        raise UsageError(
            "--sandbox and --profile do not go together",
            why="the sandbox has credentials of its own",
            fix="leave one of them out",
        )
    if options["sandbox_state"] and not options["sandbox"]:
        raise UsageError("--sandbox-state is for --sandbox", fix="add --sandbox")
    return options["sandbox"]


def selection_of(options: SelectingOptions) -> Selection:
    """Return which resources the options select."""
    return Selection(
        environments=options["environment"],
        kinds=options["kind"],
        names=options["name"],
        labels=options["label"],
        exclude=options["exclude"],
        paths=options["path"],
    )
