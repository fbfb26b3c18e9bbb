"""`sandbox serve` is an AWS for any client: this command, plain boto3, and the AWS CLI."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from e2e_support import ACCOUNT, PATIENCE, REGION, Cli, client, environment, group, version

STATE = "state"


@dataclass(frozen=True, slots=True)
class Served:
    """A sandbox in a process of its own, and a folder with manifests."""

    cli: Cli
    url: str
    process: subprocess.Popen[bytes]
    instructions: str


@pytest.fixture
def served(cli: Cli) -> Iterator[Served]:
    """Serve a sandbox as the manual says, and stop it."""
    cli.write(environment(), group(), version())
    with cli.started("sandbox", "serve", "--state", STATE) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.decode())
            if line.startswith(b"aws "):
                break
        text = "".join(lines)
        found = re.search(r"^Serving on (http://127\.0\.0\.1:\d+)$", text, re.MULTILINE)
        assert found, text
        yield Served(cli, found[1], process, text)


def test_the_command_works_against_a_served_sandbox_as_against_aws(served: Served) -> None:
    env = served.cli.env(served.url, AWS_ACCESS_KEY_ID=ACCOUNT, AWS_SECRET_ACCESS_KEY="any")
    served.cli.run("apply", "manifests", "--yes", env=env).ends(0, "Apply: 2 applied.")
    served.cli.call("plan", "manifests", "--detailed-exitcode", env=env).ends(0, "No changes.")
    registry = client(served.url)
    (live,) = registry.list_model_packages(ModelPackageGroupName="churn")["ModelPackageSummaryList"]
    assert live["ModelPackageArn"].endswith(":model-package/churn/1")
    registry.update_model_package(
        ModelPackageArn=live["ModelPackageArn"], ModelApprovalStatus="Approved"
    )
    status = served.cli.call("sandbox", "status", "--state", STATE)
    status.ends(0, f"served    {served.url}", f"accounts  {ACCOUNT}", "1 group, 1 package")


@pytest.mark.skipif(shutil.which("aws") is None, reason="the AWS CLI is not installed here")
def test_the_aws_cli_shows_what_the_instructions_promise(served: Served) -> None:
    client(served.url).create_model_package_group(ModelPackageGroupName="churn")
    exports = dict(re.findall(r"^export (\w+)=(.*)$", served.instructions, re.MULTILINE))
    command = served.instructions.splitlines()[-1].split()
    done = subprocess.run(
        [*command, "--output", "json"],
        env=served.cli.env() | exports,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (shown,) = json.loads(done.stdout)["ModelPackageGroupSummaryList"]
    assert shown["ModelPackageGroupArn"] == (
        f"arn:aws:sagemaker:{REGION}:{exports['AWS_ACCESS_KEY_ID']}:model-package-group/churn"
    )


def test_a_command_with_sandbox_uses_the_server_that_has_its_folder(served: Served) -> None:
    result = served.cli.call("apply", "manifests", "--sandbox", "--sandbox-state", STATE)
    result.ends(0, f"(served at {served.url})", "Apply: 2 applied.")
    refused = served.cli.call("sandbox", "reset", "--state", STATE)
    refused.ends(1, f"in use by another sandbox server at {served.url}")
    again = served.cli.call("sandbox", "serve", "--state", STATE)
    again.ends(1, "use that one, or stop it")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_served_sandbox_stops_on_a_signal_and_keeps_its_state(
    served: Served, number: signal.Signals
) -> None:
    client(served.url).create_model_package_group(ModelPackageGroupName="churn")
    served.process.send_signal(number)
    _, err = served.process.communicate(timeout=PATIENCE)
    assert served.process.returncode == 0
    assert err.decode().endswith("Stopped.\n")
    served.cli.call("sandbox", "status", "--state", STATE).ends(0, "served    no", "1 group,")


def test_a_port_that_is_taken_is_an_error_with_a_way_on(served: Served) -> None:
    port = served.url.rpartition(":")[2]
    result = served.cli.call("sandbox", "serve", "--port", port, "--state", "another")
    result.ends(1, f"port {port}", "fix: name another --port")
