"""The data loader that knows which services there are."""

from __future__ import annotations

import pytest
from botocore.loaders import Loader

from reconciler.aws.reads import READS
from reconciler.aws.service_models import ServiceModels


def test_every_service_that_is_called_is_found_where_botocore_finds_it() -> None:
    plain = Loader()
    ours = ServiceModels.like(plain)
    assert ours.search_paths == plain.search_paths
    for service in READS:
        assert ours.load_service_model(service, "service-2") == plain.load_service_model(
            service, "service-2"
        )


def test_the_folders_of_other_services_are_not_looked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []

    def look(_loader: Loader, kind: str) -> list[str]:
        looked.append(kind)
        return []

    monkeypatch.setattr(Loader, "list_available_services", look)
    ServiceModels.like(Loader()).load_service_model("sts", "service-2")
    assert looked == []
