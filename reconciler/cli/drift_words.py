"""What `reconcile explain` says about the classes of drift."""

from __future__ import annotations

from typing import Final

from reconciler.core.drift import DriftClass
from reconciler.render.drift import TITLES
from reconciler.render.explanation import Explanation

_TEXTS: Final = {
    DriftClass.CHANGED: (
        "What is live is not as Git says: a field that was edited, a tag that was taken away, an "
        "owner that is somebody else, or an edit in Git that no operation of the API can carry "
        "out. AWS does not say whether it was changed outside Git or Git is not applied yet; who "
        "changed it last and when is shown where AWS says so.",
        "apply what Git says, or write in Git what is live",
    ),
    DriftClass.APPROVED: (
        "Somebody decided on a version outside Git since its approval was last applied: by whom "
        "and when is shown. It is listed whatever approvals.onDrift of the environment says.",
        "accept it by writing the live status in Git, or set approvals.onDrift: revert and apply",
    ),
    DriftClass.GIT_ONLY: (
        "Declared, and not there, not adopted, or not approved yet: usually a merge that was not "
        "applied. Statements and grants that are missing from a live document are here too, as is "
        "what is live and carries no marker of ours any more.",
        "apply it, or take it out of Git",
    ),
    DriftClass.LIVE_ONLY: (
        "There, and no manifest asks for it: groups and versions that nobody declares, and access "
        "that a manifest left when it vanished. What another reconciler owns is only a remark. "
        "Without its whole environment (a selection by name, say) it is not looked for.",
        "declare it, adopt it, bring its manifest back with ensure: absent, or list it in the "
        "file of known drift",
    ),
}

DRIFT: Final = {
    drift.value: Explanation(
        f"{drift.value}: {TITLES[drift].lower().replace('git', 'Git')}",
        text,
        (("fix", fix), ("known drift", f"class: {drift.value}")),
    )
    for drift, (text, fix) in _TEXTS.items()
}
"""Every class of drift by its name."""
