"""The API's own structures as pydantic models, generated from botocore's service model."""
