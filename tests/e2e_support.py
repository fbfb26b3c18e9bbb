"""The real command against a sandbox: in a process of its own, or called where only words matter.

Every run, however it is made, is held to what every run promises: no traceback, and with
`--format json` exactly one JSON document on stdout.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config

from reconciler.cli.edge import run as run_command_line
from reconciler.sandbox.credentials import credentials_for
from reconciler.sandbox.server import SandboxServer

ACCOUNT: Final = "111111111111"
OTHER: Final = "222222222222"
REGION: Final = "eu-west-1"
OWNER: Final = "acme/ml"
IMAGE: Final = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/churn@sha256:{'a' * 64}"
COMMAND: Final = (sys.executable, "-m", "reconciler")
PATIENCE: Final = 90.0


# --- manifests


def manifest(kind: str, name: str, *spec: str) -> str:
    """Return one document; `spec` are its lines."""
    head = f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n"
    return head + "".join(f"  {line}\n" for line in spec)


def environment(*more: str, name: str = "registry", account: str = ACCOUNT) -> str:
    """Return the environment that all others name."""
    return manifest(
        "Environment",
        name,
        f'accountId: "{account}"',
        f"region: {REGION}",
        f"owner: {OWNER}",
        *more,
    )


def group(name: str = "churn", *more: str, environment: str = "registry") -> str:
    """Return a group."""
    return manifest("ModelPackageGroup", name, f"environment: {environment}", *more)


def version(
    name: str = "churn-v1",
    *more: str,
    group: str = "churn",
    environment: str = "registry",
    image: str = IMAGE,
) -> str:
    """Return a version with one container, on lines 8 to 11 of its document."""
    return manifest(
        "ModelPackage",
        name,
        f"environment: {environment}",
        f"modelPackageGroup: {group}",
        "inferenceSpecification:",
        "  containers:",
        f"    - image: {image}",
        "      modelDataUrl: s3://acme-models/churn/model.tar.gz",
        "  supportedContentTypes: [text/csv]",
        "  supportedResponseMIMETypes: [text/csv]",
        *more,
    )


VALIDATED: Final = (
    "validationSpecification:",
    f"  validationRole: arn:aws:iam::{ACCOUNT}:role/validator",
    "  validationProfiles:",
    "    - profileName: smoke",
    "      transformJobDefinition:",
    "        transformInput:",
    "          dataSource: {s3DataSource: {s3DataType: S3Prefix, s3Uri: s3://acme/in/}}",
    "        transformOutput: {s3OutputPath: s3://acme/out/}",
    "        transformResources: {instanceType: ml.m5.xlarge, instanceCount: 1}",
)
"""The lines that have AWS validate a version before it is Completed."""


def documents(*texts: str) -> str:
    """Return several documents as one file."""
    return "---\n".join(texts)


# --- what came of a run


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended and all that it said."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Return both streams."""
        return self.out + self.err

    @property
    def document(self) -> Any:
        """Return the JSON document that stdout is."""
        return json.loads(self.out)

    def ends(self, code: int, *fragments: str) -> Result:
        """Assert the exit code, and that each fragment was said."""
        assert self.code == code, self.text
        for fragment in fragments:
            assert fragment in self.text, f"{fragment!r} is missing in:\n{self.text}"
        return self


def checked(args: Sequence[str], code: int, out: str, err: str) -> Result:
    """Return the result of a run after holding it to what every run promises."""
    assert "Traceback" not in out + err, out + err
    assert code in {0, 1, 2, 3, 4, 5, 64}, (code, out, err)
    if "json" in args and "--help" not in args:
        assert isinstance(json.loads(out), dict), out
        assert out.endswith("}\n"), out[-80:]
    return Result(code, out, err)


# --- running it


class Cli:
    """A folder to work in, a home without AWS configuration, and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()

    def write(self, *texts: str, name: str = "manifests/all.yaml") -> Path:
        """Write some documents to one file of the working folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(documents(*texts), encoding="utf-8")
        return path

    def env(
        self,
        at: SandboxServer | str | None = None,
        *,
        account: str | None = ACCOUNT,
        role: str | None = None,
        **more: str,
    ) -> dict[str, str]:
        """Return all environment variables of a run: nothing of this machine but the PATH."""
        found = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if at is not None:
            found["AWS_ENDPOINT_URL"] = at if isinstance(at, str) else at.url
        if at is not None and account is not None:
            key, secret, token = credentials_for(account, role)
            found |= {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
            found |= {"AWS_SESSION_TOKEN": token} if token else {}
        return found | more

    def call(self, *args: str, env: Mapping[str, str] | None = None) -> Result:
        """Run the command line in this process: for what it says and how it ends."""
        out, err = _stream(), _stream()
        with self._surroundings(env or self.env()), redirect_stdout(out), redirect_stderr(err):
            code = run_command_line(args)
        return checked(args, code, _text(out), _text(err))

    def run(
        self,
        *args: str,
        env: Mapping[str, str] | None = None,
        launcher: Sequence[str] = COMMAND,
    ) -> Result:
        """Run the command in a process of its own."""
        done = subprocess.run(
            [*launcher, *args],
            cwd=self.folder,
            env=dict(env or self.env()),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        return checked(args, done.returncode, done.stdout.decode(), done.stderr.decode())

    @contextmanager
    def started(
        self, *args: str, env: Mapping[str, str] | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Start the command and leave it running; it does not outlive the block."""
        process = subprocess.Popen(
            [*COMMAND, *args],
            cwd=self.folder,
            env=dict(env or self.env()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with process:
            try:
                yield process
            finally:
                process.kill()

    @contextmanager
    def _surroundings(self, env: Mapping[str, str]) -> Iterator[None]:
        """Give this process the environment variables and the folder of a run."""
        before, folder = dict(os.environ), Path.cwd()
        os.environ.clear()
        os.environ.update(env)
        os.chdir(self.folder)
        try:
            yield
        finally:
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(before)


def ended(process: subprocess.Popen[bytes], *args: str) -> Result:
    """Return the result of a started command once it has ended."""
    out, err = process.communicate(timeout=PATIENCE)
    return checked(args, process.returncode, out.decode(), err.decode())


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


# --- the sandbox


def client(
    server: SandboxServer | str, service: str = "sagemaker", *, account: str = ACCOUNT
) -> Any:
    """Return a plain boto3 client that neither retries nor checks its input."""
    key, secret, _ = credentials_for(account)
    return boto3.client(
        service,
        endpoint_url=server if isinstance(server, str) else server.url,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )


def written(server: SandboxServer) -> list[str]:
    """Return the writing operations that the server was asked for, in order."""
    return [call.operation for call in server.calls.writes()]


def versions(server: SandboxServer, group: str = "churn") -> list[dict[str, Any]]:
    """Return the summaries of a group's versions, in the order of their numbers."""
    listed = client(server).list_model_packages(ModelPackageGroupName=group, MaxResults=100)
    found: list[dict[str, Any]] = listed["ModelPackageSummaryList"]
    return sorted(found, key=lambda each: int(each["ModelPackageVersion"]))


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[SandboxServer]:
    """One server for all tests of a module."""
    with SandboxServer(None) as server:
        yield server


@pytest.fixture
def sandbox(shared_sandbox: SandboxServer) -> SandboxServer:
    """An empty sandbox without any trouble."""
    shared_sandbox.clear()
    return shared_sandbox


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """The command, in an empty folder."""
    return Cli(tmp_path)
