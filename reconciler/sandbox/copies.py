"""Copies of buckets, repositories and keys in moto, for the operations that are passed on to it.

What the sandbox keeps itself, moto does not know; and moto forgets everything with the process. So
a copy is made right before a call that needs it. Objects, images and ciphers themselves are moto's
and live as long as the process.
"""

from __future__ import annotations

import re
import sys
import threading
from typing import Any

from reconciler.sandbox.arns import Site
from reconciler.sandbox.documents import JsonObject, JsonValue, mapping, text
from reconciler.sandbox.shelves import Shelf
from reconciler.sandbox.storage import BUCKETS, KEYS, REPOSITORIES

_KEY_ID = re.compile(r"(?:arn:[^:]+:kms:([^:]+):(\d{12}):key/)?([a-z0-9\-]+)")


MOTO_LOCK = threading.Lock()
"""All calls to moto take turns: its state is one for the process and not thread-safe."""


def copy(shelf: Shelf, home: Site, parameters: JsonObject) -> None:
    """Copy what a call that is about to be passed on names. Callers hold the lock."""
    match shelf.kind:
        case "s3-buckets":
            _copy_bucket(shelf, text(parameters, "Bucket") or "")
        case "ecr-repositories":
            _copy_repositories(shelf, home, parameters)
        case "kms-keys":
            _copy_key(shelf, home, text(parameters, "KeyId") or "")
        case _:
            pass


def forget_bucket(name: str) -> bool:
    """Remove a bucket's copy; False when objects are in it."""
    if not _is_loaded("s3"):
        return True
    from moto.s3.models import s3_backends

    with MOTO_LOCK:
        owner = s3_backends.bucket_accounts.get(name)
        if owner is None:
            return True
        backend: Any = s3_backends[owner[1]][owner[0]]
        return backend.delete_bucket(name) is not None


def forget_repository(site: Site, name: str, *, force: bool) -> bool:
    """Remove a repository's copy; False when images are in it and `force` is not given."""
    if not _is_loaded("ecr"):
        return True
    from moto.ecr.models import ecr_backends

    with MOTO_LOCK:
        backend: Any = ecr_backends[site.account][site.region]
        found = backend.repositories.get(name)
        if found is not None and found.images and not force:
            return False
        backend.repositories.pop(name, None)
        return True


def shelf_for(service: str) -> str | None:
    """Return which shelf has what a service's passed-on calls may need."""
    return {"s3": BUCKETS, "ecr": REPOSITORIES, "kms": KEYS}.get(service)


def _copy_bucket(shelf: Shelf, name: str) -> None:
    from moto.s3.models import s3_backends

    found = next((site for site, known, _ in shelf.everywhere() if known == name), None)
    if found is not None and name not in s3_backends.bucket_accounts:
        backend: Any = s3_backends[found.account][found.partition]
        backend.create_bucket(name, found.region)


def _copy_repositories(shelf: Shelf, home: Site, parameters: JsonObject) -> None:
    from moto.ecr.models import ecr_backends

    owner = Site(text(parameters, "registryId") or home.account, home.region)
    backend: Any = ecr_backends[owner.account][owner.region]
    for name, document in shelf.at(owner).items():
        if name not in backend.repositories:
            about = mapping(document, "repository")
            mutability = text(about, "imageTagMutability") or "MUTABLE"
            encryption: JsonValue = about.get("encryptionConfiguration")
            scan: JsonValue = about.get("imageScanningConfiguration")
            backend.create_repository(name, owner.account, encryption, scan, mutability, [])


def _copy_key(shelf: Shelf, home: Site, given: str) -> None:
    from moto.kms.models import kms_backends

    named = _KEY_ID.fullmatch(given)
    if named is None:
        return
    site = Site(named[2] or home.account, named[1] or home.region)
    document = shelf.get(site, named[3])
    backend: Any = kms_backends[site.account][site.region]
    if document is None or named[3] in backend.keys:
        return
    about = mapping(document, "key")
    usage, spec = text(about, "KeyUsage"), text(about, "KeySpec")
    made: Any = backend.create_key(None, usage, spec, text(about, "Description") or "", None)
    del backend.keys[made.id]
    made.id, made.arn = named[3], text(about, "Arn")
    backend.keys[made.id] = made


def _is_loaded(service: str) -> bool:
    return f"moto.{service}.models" in sys.modules
