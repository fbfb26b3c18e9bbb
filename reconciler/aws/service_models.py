"""botocore's descriptions of services, found without looking for all of them.

Imported only when the first client is made: it imports botocore.
"""

from __future__ import annotations

from botocore.loaders import Loader

from reconciler.aws.reads import READS


class ServiceModels(Loader):  # type: ignore[misc] # botocore has no types
    """A data loader that knows which services there are.

    Before it loads a service, botocore looks whether it exists, in each of the folders of all its
    400 services, once for the model and once for the endpoint rules: 60 ms in every run.
    """

    @classmethod
    def like(cls, loader: Loader) -> ServiceModels:
        """Return one that looks in the same folders, `AWS_DATA_PATH` among them."""
        return cls(extra_search_paths=list(loader.search_paths), include_default_search_paths=False)

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's
        """Return the services that this program calls, whatever is asked about them."""
        return sorted(READS)
