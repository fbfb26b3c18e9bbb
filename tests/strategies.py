"""Random but valid parts of manifests."""

from __future__ import annotations

import string
from collections.abc import Sequence

from builders import DIGEST, IMAGE, MODEL, Doc, card, inference, validation
from hypothesis import strategies as st

WORDS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=6)
PHRASES = st.text(string.ascii_letters + " .:/=+-@_äß字", min_size=1, max_size=20).map(
    lambda each: each.strip() or "x"
)
STATUSES = st.sampled_from(["Approved", "Rejected", "PendingManualApproval"])
KEYS = st.sampled_from(["team", "cost-center", "data:class", "purpose"])
FOREIGN_KEYS = st.sampled_from(["studio", "their/key", "auto-tag"])
TYPES = st.lists(
    st.sampled_from(["text/csv", "application/json", "application/x-npy"]),
    min_size=1,
    max_size=3,
    unique=True,
)

keyed = st.dictionaries(KEYS, PHRASES, max_size=4)
keyed_with_nulls = st.dictionaries(KEYS, st.none() | PHRASES, max_size=4)
"""Tags or metadata as manifests state them: a null removes the key."""

approvals = st.fixed_dictionaries({"status": STATUSES}, optional={"description": PHRASES})
lifecycles = st.fixed_dictionaries(
    {
        "stage": st.sampled_from(["Development", "Staging", "Production"]),
        "stageStatus": st.sampled_from(["Pending", "Done"]),
        "stageDescription": PHRASES,
    }
)
cards = st.builds(card, WORDS, st.sampled_from(["Draft", "PendingReview", "Approved"]))


def _image(tag: str, digest: object) -> str:
    return f"{IMAGE}@{DIGEST}" if digest else f"{IMAGE}:{tag}"


_SOURCE: Doc = {
    "s3DataSource": {"s3Uri": MODEL, "s3DataType": "S3Object", "compressionType": "Gzip"},
}
_described: st.SearchStrategy[Doc] = st.fixed_dictionaries(
    {"image": st.builds(_image, WORDS, st.booleans())},
    optional={
        "framework": st.sampled_from(["XGBOOST", "PYTORCH"]),
        "frameworkVersion": st.just("1.7-1"),
        "environment": st.dictionaries(
            st.sampled_from(["MODE", "a", "_x"]), st.sampled_from(["", "1", "yes"]), max_size=2
        ),
        "nearestModelName": WORDS,
    },
)


def _with_a_source(described: Doc) -> st.SearchStrategy[Doc]:
    sources: list[Doc] = [{}, {"modelDataUrl": MODEL}, {"modelDataSource": _SOURCE}]
    return st.sampled_from([described | each for each in sources])


containers = _described.flatmap(_with_a_source)
inferences = st.builds(
    lambda parts, content, types: inference(*parts, supportedContentTypes=content, **types),
    st.lists(containers, min_size=1, max_size=3),
    TYPES,
    st.fixed_dictionaries(
        {},
        optional={
            "supportedTransformInstanceTypes": st.just(["ml.m5.xlarge", "ml.c5.xlarge"]),
            "supportedResponseMIMETypes": TYPES,
        },
    ),
)


@st.composite
def payloads(draw: st.DrawFn, fragments: Sequence[str]) -> Doc:
    """Return what a new version is made of: by reference, inline, or a source."""
    match draw(st.sampled_from(["ref", "inline", "inline", "source"])):
        case "ref" if fragments:
            overrides: list[Doc] = [
                {},
                {"supportedContentTypes": ["text/csv"]},
                {"containers": [{}]},
            ]
            reference: Doc = {"ref": draw(st.sampled_from(fragments))}
            return {"inferenceSpecification": reference | draw(st.sampled_from(overrides))}
        case "source":
            return {"sourceUri": draw(st.sampled_from(["https://git.example.org/a", "mlflow:7"]))}
        case _:
            return {"inferenceSpecification": draw(inferences)}


_METRICS = {
    "modelQuality": {
        "statistics": {"contentType": "application/json", "s3Uri": "s3://acme-models/q.json"}
    }
}
extras: st.SearchStrategy[Doc] = st.fixed_dictionaries(
    {},
    optional={
        "customerMetadataProperties": keyed_with_nulls,
        "modelCard": cards,
        "modelLifeCycle": lifecycles,
        "approval": approvals,
        "modelPackageDescription": PHRASES,
        "modelPackageRegistrationType": st.sampled_from(["Logged", "Registered"]),
        "domain": st.just("MACHINE_LEARNING"),
        "modelMetrics": st.just(_METRICS),
        "skipModelValidation": st.just("None"),
        "validationSpecification": st.just({"ref": "smoke"}) | st.just(validation()),
        "metadataProperties": st.just({"commitId": "abc", "generatedBy": "pipeline"}),
    },
)
"""Everything else that a version may say."""
