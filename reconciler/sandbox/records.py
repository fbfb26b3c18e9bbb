"""What the registry holds: groups and packages as immutable records.

A record is never changed in place: an operation builds the next one and stores it, so a failed
write leaves the old state, and readers need no copy. `document` is what Describe would show, less
the status, which is a function of the record's timeline and the time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.sandbox.arns import Site
from reconciler.sandbox.documents import JsonObject, JsonValue, mapping, number, strings, text
from reconciler.sandbox.errors import SandboxFault

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Timeline:
    """When a resource passes its states: Pending, InProgress, then Completed or Failed; Deleting.

    Source of the states: botocore ModelPackageStatus and ModelPackageGroupStatus; of their order:
    ACK's end-to-end tests and the CloudFormation handlers.
    """

    in_progress_at: float = 0
    settled_at: float = 0
    failure: str | None = None
    gone_at: float | None = None

    def status(self, now: float) -> str:
        """Return the status that Describe shows at this time."""
        if self.gone_at is not None:
            return "Deleting"
        if now < self.in_progress_at:
            return "Pending"
        if now < self.settled_at:
            return "InProgress"
        return "Completed" if self.failure is None else "Failed"

    def is_gone(self, now: float) -> bool:
        """Return whether a deletion has finished."""
        return self.gone_at is not None and now >= self.gone_at

    def to_json(self) -> JsonObject:
        """Return the timeline for a state file."""
        return {
            "inProgressAt": self.in_progress_at,
            "settledAt": self.settled_at,
            "failure": self.failure,
            "goneAt": self.gone_at,
        }

    @staticmethod
    def from_json(stored: JsonObject) -> Timeline:
        """Return the timeline of a state file."""
        return Timeline(
            number(stored, "inProgressAt") or 0,
            number(stored, "settledAt") or 0,
            text(stored, "failure"),
            number(stored, "goneAt"),
        )


@dataclass(frozen=True, slots=True)
class Group:
    """A model package group. `last_version` is the highest number ever given out, as stored.

    `policy` is the text as it was put, `policy_ids` the unique ids of its principals then.
    """

    site: Site
    document: JsonObject
    tags: dict[str, str] = field(default_factory=dict)
    policy: str | None = None
    last_version: int = 0
    timeline: Timeline = field(default_factory=Timeline)
    policy_ids: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the name as it was created, case kept."""
        return text(self.document, "ModelPackageGroupName") or ""

    @property
    def arn(self) -> str:
        """Return the group's ARN."""
        return text(self.document, "ModelPackageGroupArn") or ""

    def shown(self, now: float) -> JsonObject:
        """Return what DescribeModelPackageGroup shows at this time."""
        return {**self.document, "ModelPackageGroupStatus": self.timeline.status(now)}

    def to_json(self, now: float) -> JsonObject:
        """Return the state file's content."""
        server: JsonObject = {
            "lastVersion": self.last_version,
            "timeline": self.timeline.to_json(),
            "policyPrincipalIds": {**self.policy_ids},
        }
        return {
            "format": FORMAT,
            "modelPackageGroup": self.shown(now),
            "tags": dict(self.tags),
            "resourcePolicy": self.policy,
            "server": server,
        }

    @staticmethod
    def from_json(site: Site, stored: JsonObject) -> Group:
        """Return the group of a state file.

        Raises:
            SandboxFault: The content is not a group's.
        """
        server = mapping(stored, "server")
        group = Group(
            site,
            mapping(stored, "modelPackageGroup"),
            strings(stored, "tags"),
            text(stored, "resourcePolicy"),
            int(number(server, "lastVersion") or 0),
            Timeline.from_json(mapping(server, "timeline")),
            strings(server, "policyPrincipalIds"),
        )
        if stored.get("format") != FORMAT or not (group.name and group.arn):
            raise SandboxFault("it does not hold a model package group")
        return group


@dataclass(frozen=True, slots=True)
class Package:
    """A model package, versioned or not.

    `tokens` maps the client tokens of Create and Update to a fingerprint of their parameters
    and the time they came, so that idempotency survives a restart.
    """

    site: Site
    document: JsonObject
    tags: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, JsonValue] = field(default_factory=dict)
    timeline: Timeline = field(default_factory=Timeline)

    @property
    def arn(self) -> str:
        """Return the package's ARN."""
        return text(self.document, "ModelPackageArn") or ""

    @property
    def group_name(self) -> str | None:
        """Return the name of the package's group, or None for an unversioned package."""
        return text(self.document, "ModelPackageGroupName")

    @property
    def version(self) -> int:
        """Return the version number, 0 for an unversioned package."""
        return int(number(self.document, "ModelPackageVersion") or 0)

    @property
    def key(self) -> str:
        """Return the ARN's name part (`group/3` or `name`, lower-cased): the identity in a site."""
        return self.arn.partition("/")[2]

    @property
    def name(self) -> str:
        """Return the name that lists sort and search by: the package's, or its group's."""
        return text(self.document, "ModelPackageName") or self.group_name or ""

    def shown(self, now: float) -> JsonObject:
        """Return what DescribeModelPackage shows at this time."""
        status = self.timeline.status(now)
        details: JsonObject = {
            "ValidationStatuses": self._validation_statuses(status, now),
            "ImageScanStatuses": [],
        }
        return {
            **self.document,
            "ModelPackageStatus": status,
            "ModelPackageStatusDetails": details,
        }

    def _validation_statuses(self, status: str, now: float) -> list[JsonValue]:
        """Return one entry per validation profile, an empty list without one.

        Source: the sample Describe answer in the developer guide (empty lists), and ACK's
        fixtures (`Name` is the profile's name). Where AWS shows the details of a profile that was
        skipped (SkipModelValidation=All) is unverified; they are left out.
        """
        profiles = mapping(self.document, "ValidationSpecification").get("ValidationProfiles")
        if not isinstance(profiles, list) or self.document.get("SkipModelValidation") == "All":
            return []
        shown_status = self.timeline_status(now) if status == "Deleting" else status
        step = "NotStarted" if shown_status == "Pending" else shown_status
        found: list[JsonValue] = []
        for profile in profiles:
            if isinstance(profile, dict):
                entry: JsonObject = {"Name": profile.get("ProfileName"), "Status": step}
                if step == "Failed":
                    entry["FailureReason"] = self.timeline.failure
                found.append(entry)
        return found

    def timeline_status(self, now: float) -> str:
        """Return the status as if no deletion had been asked for."""
        line = self.timeline
        return Timeline(line.in_progress_at, line.settled_at, line.failure).status(now)

    def to_json(self, now: float) -> JsonObject:
        """Return the state file's content."""
        server: JsonObject = {"clientTokens": self.tokens, "timeline": self.timeline.to_json()}
        return {
            "format": FORMAT,
            "modelPackage": self.shown(now),
            "tags": dict(self.tags),
            "server": server,
        }

    @staticmethod
    def from_json(site: Site, stored: JsonObject) -> Package:
        """Return the package of a state file.

        Raises:
            SandboxFault: The content is not a package's.
        """
        server = mapping(stored, "server")
        package = Package(
            site,
            mapping(stored, "modelPackage"),
            strings(stored, "tags"),
            mapping(server, "clientTokens"),
            Timeline.from_json(mapping(server, "timeline")),
        )
        if stored.get("format") != FORMAT or not package.key:
            raise SandboxFault("it does not hold a model package")
        return package
