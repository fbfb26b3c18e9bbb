"""From API paths back to the YAML that declares them."""

from __future__ import annotations

from reconciler.core.location import DataPath
from reconciler.shapes.base import Shape, members_of, yaml_name


def yaml_path(model: type[Shape], path: DataPath) -> DataPath:
    """Return an API path in manifest spelling: member names lowered, map keys left as they are.

    >>> yaml_path(ModelPackageSpec, ("InferenceSpecification", "Containers", 0, "Image"))
    ('inferenceSpecification', 'containers', 0, 'image')
    """
    spelled: DataPath = ()
    models: tuple[type, ...] = (model,)
    for step in path:
        name = yaml_name(step) if isinstance(step, str) and step else step
        members = [members_of(each)[name] for each in models if name in members_of(each)]
        if isinstance(step, str) and members:
            spelled, models = (*spelled, name), members[0].models
        else:
            spelled = (*spelled, step)
            models = models if isinstance(step, int) else ()
    return spelled
