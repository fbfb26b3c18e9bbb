"""The state folder: survives restarts and kills, says what is wrong, belongs to one server."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from sandbox_support import OTHER, REGION, SPEC, client, refused, versions

from reconciler.sandbox.credentials import DEFAULT_ACCOUNT, credentials_for
from reconciler.sandbox.errors import SandboxBusy, SandboxFault
from reconciler.sandbox.lock import running_server
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.settings import SandboxSettings
from reconciler.sandbox.storage import reset, status

SERVE = """
import sys, time
from pathlib import Path
from reconciler.sandbox.server import SandboxServer
SandboxServer(Path(sys.argv[1])).start()
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "sandbox"


def files(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def site(folder: Path) -> Path:
    return folder / DEFAULT_ACCOUNT / REGION


@contextmanager
def no_disk_space() -> Iterator[None]:
    """Let every write of a file fail, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    former = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, former)


def test_everything_survives_a_restart(folder: Path) -> None:
    with SandboxServer(folder) as server:
        registry = client(server)
        registry.create_model_package_group(
            ModelPackageGroupName="Churn", Tags=[{"Key": "a", "Value": "b"}]
        )
        policy = json.dumps(
            {
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"AWS": OTHER},
                    "Action": "sagemaker:*",
                    "Resource": "*",
                }
            }
        )
        registry.put_model_package_group_policy(
            ModelPackageGroupName="Churn", ResourcePolicy=policy
        )
        (arn,) = versions(registry, "Churn", ClientToken="t")
        before = state(registry, arn)
    with SandboxServer(folder) as server:
        registry = client(server)
        assert state(registry, arn) == before
        assert versions(registry, "Churn", ClientToken="t") == [arn]
        assert versions(registry, "Churn")[0].endswith("/2")
        assert client(server, account=OTHER).describe_model_package(ModelPackageName=arn)


def state(registry: Any, arn: str) -> list[dict[str, Any]]:
    group = registry.describe_model_package_group(ModelPackageGroupName="Churn")
    answers = [
        group,
        registry.describe_model_package(ModelPackageName=arn),
        registry.get_model_package_group_policy(ModelPackageGroupName="Churn"),
        registry.list_tags(ResourceArn=group["ModelPackageGroupArn"]),
    ]
    for answer in answers:
        answer.pop("ResponseMetadata")
    return answers


def test_numbers_are_not_reused_after_a_restart(folder: Path) -> None:
    with SandboxServer(folder) as server:
        registry = client(server)
        registry.create_model_package_group(ModelPackageGroupName="churn")
        for arn in versions(registry, "churn", 3)[1:]:
            registry.delete_model_package(ModelPackageName=arn)
        registry.list_model_packages(ModelPackageGroupName="churn")
        assert len(list((site(folder) / "model-packages" / "churn").iterdir())) == 1
    with SandboxServer(folder) as server:
        assert versions(client(server), "churn")[0].endswith("/4")


def test_files_state_what_the_api_shows_one_a_resource(folder: Path) -> None:
    with SandboxServer(folder) as server:
        registry = client(server)
        registry.create_model_package_group(ModelPackageGroupName="Churn")
        versions(registry, "Churn", 2)
        described = registry.describe_model_package(ModelPackageName="Churn/2")
    stored = json.loads((site(folder) / "model-packages" / "churn" / "2.json").read_text())
    assert stored["modelPackage"].keys() == described.keys() - {"ResponseMetadata"}
    assert (site(folder) / "model-package-groups" / "Churn.json").is_file()


def test_one_write_touches_one_file(folder: Path) -> None:
    with SandboxServer(folder) as server:
        registry = client(server)
        registry.create_model_package_group(ModelPackageGroupName="churn")
        arns = versions(registry, "churn", 5)
        before = files(folder)
        versions(registry, "churn")
        after = files(folder)
        assert len(after) == len(before) + 1
        assert all(after[path] == stamp for path, stamp in before.items())
        registry.update_model_package(ModelPackageArn=arns[0], ModelApprovalStatus="Approved")
        changed = [path for path, stamp in files(folder).items() if after[path] != stamp]
        assert [path.name for path in changed] == ["1.json"]


def test_killed_server_leaves_a_consistent_registry(folder: Path) -> None:
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        url = running_server(folder)
        assert url is not None
        answered = hammer(url, process)
        process.stdout.close()
        with SandboxServer(folder) as server:
            registry = client(server)
            pages = registry.get_paginator("list_model_packages").paginate(
                ModelPackageGroupName="churn"
            )
            found = [item for page in pages for item in page["ModelPackageSummaryList"]]
            numbers = [item["ModelPackageVersion"] for item in found]
            assert numbers == list(range(1, len(numbers) + 1))
            assert answered <= {item["ModelPackageArn"] for item in found}
            assert versions(registry, "churn")[0].endswith(f"/{len(numbers) + 1}")
        assert not list(folder.rglob("*.tmp"))


def hammer(url: str, process: subprocess.Popen[str]) -> set[str]:
    """Create versions from four threads until the server is killed; return what was answered."""
    registry = client(url)
    with suppress(ClientError):
        registry.create_model_package_group(ModelPackageGroupName="churn")
    answered: set[str] = set()

    def create() -> None:
        with suppress(BotoCoreError):
            while True:
                answered.update(versions(registry, "churn"))

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.15)
    process.kill()
    process.wait()
    for thread in threads:
        thread.join()
    return answered


def test_half_written_leftovers_are_ignored_and_removed(folder: Path) -> None:
    with SandboxServer(folder) as server:
        registry = client(server)
        registry.create_model_package_group(ModelPackageGroupName="churn")
        versions(registry, "churn")
    leftover = site(folder) / "model-packages" / "churn" / ".9.json.tmp"
    leftover.write_text('{"format": 1, "modelPack')
    with SandboxServer(folder) as server:
        assert versions(client(server), "churn")[0].endswith("/2")
    assert not leftover.exists()


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"format": 9}', '{"format": 1}'])
def test_damaged_file_is_named_with_the_way_out(folder: Path, content: str) -> None:
    with SandboxServer(folder) as server:
        registry = client(server)
        registry.create_model_package_group(ModelPackageGroupName="churn")
        versions(registry, "churn")
    damaged = site(folder) / "model-packages" / "churn" / "1.json"
    damaged.write_text(content)
    with (
        SandboxServer(folder) as server,
        refused("SandboxFault", str(damaged), "reconcile sandbox reset"),
    ):
        client(server).list_model_package_groups()


def test_full_disk_fails_the_call_and_changes_nothing(folder: Path) -> None:
    with SandboxServer(folder) as server:
        registry = client(server)
        registry.create_model_package_group(ModelPackageGroupName="churn")
        (arn,) = versions(registry, "churn")
        before = files(folder)
        with no_disk_space():
            with refused("InternalFailure", "could not write", "Nothing was changed."):
                versions(registry, "churn")
            with refused("InternalFailure"):
                registry.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
            with refused("InternalFailure"):
                registry.create_model_package_group(ModelPackageGroupName="other")
        assert files(folder) == before
        found = registry.describe_model_package(ModelPackageName=arn)
        assert found["ModelApprovalStatus"] == "PendingManualApproval"
        assert len(registry.list_model_package_groups()["ModelPackageGroupSummaryList"]) == 1
        assert versions(registry, "churn")[0].endswith("/2")


def test_full_disk_is_named_and_not_tried_again(folder: Path) -> None:
    with SandboxServer(folder) as server:
        registry = patient(server)
        registry.create_model_package_group(ModelPackageGroupName="churn")
        groups = site(folder) / "model-package-groups"
        (groups / ".other.json.tmp").symlink_to("/dev/full")  # where the kernel says ENOSPC
        server.calls.clear()
        with refused("InternalFailure", "disk is full", "other.json", "Nothing was changed."):
            registry.create_model_package_group(ModelPackageGroupName="other")
        assert [call.operation for call in server.calls] == ["CreateModelPackageGroup"]
        assert [path.name for path in groups.iterdir()] == ["churn.json"]
        registry.create_model_package_group(ModelPackageGroupName="other")


def patient(server: SandboxServer) -> Any:
    """Return a client that repeats what is worth repeating, as every SDK does."""
    key, secret, token = credentials_for(DEFAULT_ACCOUNT)
    return boto3.client(
        "sagemaker",
        endpoint_url=server.url,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
    )


def test_folder_belongs_to_one_server_and_names_it(folder: Path) -> None:
    assert running_server(folder) is None
    with SandboxServer(folder) as server:
        assert running_server(folder) == server.url
        with pytest.raises(SandboxBusy) as caught:
            SandboxServer(folder).start()
        assert caught.value.url == server.url
        with pytest.raises(SandboxBusy):
            reset(folder)
        assert status(folder).url == server.url
    assert running_server(folder) is None


def test_status_counts_and_reset_removes_only_its_own(folder: Path) -> None:
    with SandboxServer(folder, settings=SandboxSettings(fsync=True)) as server:
        registry = client(server)
        registry.create_model_package_group(ModelPackageGroupName="churn")
        versions(registry, "churn", 2)
        abroad = client(server, account=OTHER, region="us-east-1")
        abroad.create_model_package_group(ModelPackageGroupName="g")
    found = status(folder)
    assert (found.groups, found.packages, found.url) == (2, 2, None)
    assert found.accounts == (DEFAULT_ACCOUNT, OTHER)
    assert found.regions == (REGION, "us-east-1")
    note = folder / "notes.txt"
    note.write_text("mine")
    reset(folder)
    assert [path.name for path in folder.rglob("*")] == ["notes.txt"]
    note.unlink()
    with SandboxServer(folder) as server:
        assert client(server).list_model_package_groups()["ModelPackageGroupSummaryList"] == []
    reset(folder)
    assert not folder.exists()
    reset(folder)
    assert status(folder).packages == 0


def test_git_leaves_its_files_alone(folder: Path) -> None:
    with SandboxServer(folder):
        pass
    assert (folder / ".gitignore").read_text("utf-8") == "*\n"


def test_foreign_folder_is_neither_used_nor_reset(tmp_path: Path) -> None:
    (tmp_path / "work.txt").write_text("mine")
    for touch in (lambda: SandboxServer(tmp_path).start(), lambda: reset(tmp_path)):
        with pytest.raises(SandboxFault, match="not a sandbox folder"):
            touch()
    assert [path.name for path in tmp_path.iterdir()] == ["work.txt"]


def test_unversioned_package_and_group_of_one_name_live_side_by_side(folder: Path) -> None:
    spec = {
        **SPEC,
        "SupportedTransformInstanceTypes": ["ml.m5.xlarge"],
        "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.xlarge"],
    }
    for _ in range(2):
        with SandboxServer(folder) as server, suppress(ClientError):
            registry = client(server)
            registry.create_model_package_group(ModelPackageGroupName="churn")
            versions(registry, "churn")
            registry.create_model_package(ModelPackageName="churn", InferenceSpecification=spec)
    with SandboxServer(folder) as server:
        listed = client(server).list_model_packages(ModelPackageType="Both")
        assert len(listed["ModelPackageSummaryList"]) == 2
