"""How one API member is spelled in the API, in YAML and in Python.

`ModelDataUrl` (API) is `modelDataUrl` in YAML and `model_data_url` in Python. The step between
API and YAML is mechanical in both directions; the Python name is only ever derived.
"""

from __future__ import annotations

import re

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def yaml_name(api_name: str) -> str:
    """Return the YAML key of an API member: its first letter lowered, nothing else changed."""
    return api_name[:1].lower() + api_name[1:]


def api_name(yaml_name: str) -> str:
    """Return the API member of a YAML key: its first letter raised, nothing else changed."""
    return yaml_name[:1].upper() + yaml_name[1:]


def python_name(api_name: str) -> str:
    """Return the attribute name of an API member: `SupportedResponseMIMETypes` has `mime_types`.

    `ETag` is one word, so `ModelDataETag` is `model_data_etag`.
    """
    return _WORD_START.sub("_", api_name.replace("ETag", "Etag")).lower()
