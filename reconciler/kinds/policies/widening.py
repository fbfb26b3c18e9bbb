"""Mark what gives access that nobody had before, so that no review overlooks it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.core.changes import FieldChange
from reconciler.core.data import Json, Value, is_missing
from reconciler.core.plan import Level, Note
from reconciler.manifest.workspace import Workspace
from reconciler.policy.arns import account_of
from reconciler.policy.document import PolicyDocument
from reconciler.policy.elements import ANYONE
from reconciler.policy.grammar import FORM
from reconciler.policy.widening import Denial, Widening, newly_denied, widened

WIDENS = "widens-access"
DENIES = "denies-access"
_MOST = 6


def account_names(workspace: Workspace) -> dict[str, str]:
    """Return the names of the environments by account id."""
    found: dict[str, list[str]] = {}
    for each in workspace.environments.values():
        found.setdefault(each.account_id, []).append(each.name)
    return {account: ", ".join(sorted(names)) for account, names in found.items()}


def named(principal: str, accounts: Mapping[str, str]) -> str:
    """Return a principal with its account's environment: `444444444444 (production)`."""
    if principal == ANYONE:
        return "anyone"
    name = accounts.get(account_of(principal) or "")
    return f"{principal} ({name})" if name else principal


def document_widening(
    live: PolicyDocument | None, after: PolicyDocument, accounts: Mapping[str, str]
) -> Iterator[Note]:
    """Yield one note for all that the same principals may newly do."""
    together: dict[tuple[tuple[str, ...], bool], list[Widening]] = {}
    for each in widened(live, after):
        if each.unclear:
            yield _note(_unclear(each))
        else:
            together.setdefault((each.principals, each.denial), []).append(each)
    for (principals, denial), found in together.items():
        who, what = _who(principals, accounts), _what(found)
        yield _note(f"no longer denies {who} {what}" if denial else f"lets {who} call {what}")


def document_denials(
    live: PolicyDocument | None, after: PolicyDocument, accounts: Mapping[str, str]
) -> Iterator[Note]:
    """Yield a note for every denial that is new: it outweighs whatever else allows."""
    for each in newly_denied(live, after):
        text = f"newly denies {_who(each.principals, accounts)} {_what([each])}"
        yield Note(Level.WARNING, DENIES, f"{text}: nothing outweighs a Deny")


def _unclear(found: Widening) -> str:
    """Return what may become of a statement that might be about anything."""
    name = f"statement {found.sid}" if found.sid else "a statement without Sid"
    if found.denial:
        return f"{name}, of {FORM}, goes, and whatever it denied is no longer denied"
    return f"{name}, of {FORM}, may let anyone call anything"


def _who(principals: Iterable[str], accounts: Mapping[str, str]) -> str:
    return _listed(named(each, accounts) for each in principals) or "others than it names"


def _what(found: Sequence[Widening | Denial]) -> str:
    actions = _listed(action for each in found for action in each.actions)
    where = _listed(resource for each in found for resource in each.resources)
    return f"{actions}{f' on {where}' if where else ''}"


def grant_widening(changes: Sequence[FieldChange], accounts: Mapping[str, str]) -> Iterator[Note]:
    """Yield a note for every KMS grant that is new, for somebody else, or for more operations."""
    for change in changes:
        after, before = _grant(change.after), _grant(change.before)
        if after is None:
            continue
        same = before is not None and before[0] == after[0]
        more = [each for each in after[1] if not (same and before and each in before[1])]
        if more:
            operations = _listed(f"kms:{each}" for each in more)
            yield _note(f"lets {named(after[0], accounts)} call {operations}")


def share_widening(
    changes: Sequence[FieldChange],
    accounts: Sequence[str],
    groups: Sequence[str],
    names: Mapping[str, str],
) -> Iterator[Note]:
    """Yield a note where accounts will find groups that they could not."""
    if any(not is_missing(each.after) for each in changes):
        who = _listed(named(each, names) for each in accounts)
        yield _note(f"lets {who} find by list and search: {_listed(groups)}")


def _grant(value: Value) -> tuple[str, list[str]] | None:
    if not isinstance(value, Mapping):
        return None
    operations: Json = value.get("Operations")
    found = operations if isinstance(operations, Sequence) else ()
    return str(value.get("GranteePrincipal", "")), [str(each) for each in found]


def _listed(texts: Iterable[str]) -> str:
    """Return some texts, each once; the rest of many is counted."""
    every = list(dict.fromkeys(texts))
    rest = len(every) - _MOST
    more = [f"and {rest} more"] if rest > 0 else []
    return ", ".join([*every[:_MOST], *more])


def _note(text: str) -> Note:
    return Note(Level.WARNING, WIDENS, f"widens access: {text}")
