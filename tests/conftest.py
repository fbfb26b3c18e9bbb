"""Every test runs without network and without anybody's AWS credentials.

Options:
    --examples N   more hypothesis examples than the default, and at random instead of always the
                   same ones.
    --update-golden  write anew what the golden cases expect (review the diff).
    --aws          run the tests marked `aws`, and no others, against the account of the credentials
                   at hand. Without it they run against the sandbox, as all others do.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import live
import pytest
from hypothesis import HealthCheck, settings

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_EXAMPLES = 25
_ACCOUNTS = ("111111111111", "222222222222", "333333333333")  # of the tests' environments
_CONNECT = socket.socket.connect


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--examples", type=int, help="hypothesis examples of each property")
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden cases")
    parser.addoption(
        "--aws", action="store_true", help="run tests marked aws against a real account"
    )


def pytest_configure(config: pytest.Config) -> None:
    wanted = config.getoption("--examples")
    settings.register_profile(
        "reconciler",
        max_examples=wanted or _EXAMPLES,
        derandomize=wanted is None,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    settings.load_profile("reconciler")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With a real account, run only what is meant for one."""
    if config.getoption("--aws"):
        others = [each for each in items if not each.get_closest_marker("aws")]
        config.hook.pytest_deselected(items=others)
        items[:] = [each for each in items if each.get_closest_marker("aws")]


@pytest.fixture(scope="session", autouse=True)
def _no_credentials(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Hide whatever the machine knows of AWS: variables, files, instance roles."""
    if request.config.getoption("--aws"):
        yield
        return
    nowhere: Path = tmp_path_factory.mktemp("no-aws")
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", str(nowhere / "config"))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere / "credentials"))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    if request.config.getoption("--aws"):
        yield
        return

    def connect(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if self.family in (socket.AF_INET, socket.AF_INET6) and host not in _LOOPBACK:
            raise AssertionError(f"a test tried to reach {address}")
        _CONNECT(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        yield


@pytest.fixture(scope="session")
def _shared_lab() -> Iterator[live.Lab]:
    lab = live.start()
    # Now, for good: or which test asks STS, perhaps while it injects faults, depended on the order.
    lab.sign_in(*_ACCOUNTS)
    yield lab
    lab.close()


@pytest.fixture
def lab(_shared_lab: live.Lab) -> live.Lab:
    """An empty AWS to plan and apply against; its server is shared, its content is not."""
    _shared_lab.server.clear()
    return _shared_lab
