# generated from botocore 1.44.5 by reconciler/shapes/generate.py; do not edit
"""The structures that SageMaker's registry operations take, and what is known about them."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue
from typing_extensions import TypeAliasType

from reconciler.shapes.base import CanonicalJson, Shape

BOTOCORE_VERSION = "1.44.5"
"""The botocore whose service model this states."""

EntityDescription = TypeAliasType(
    "EntityDescription",
    Annotated[str, Field(max_length=1024, pattern=r"^[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]*$")],
)
EntityName = TypeAliasType(
    "EntityName",
    Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-zA-Z0-9](?:-*[a-zA-Z0-9])*$")],
)
ManagedStorageType = Literal["Restricted"]


class ManagedConfiguration(Shape):
    """The API's structure `ManagedConfiguration`."""

    __api_shape__: ClassVar[str] = "ManagedConfiguration"

    managed_storage_type: ManagedStorageType | None = Field(
        default=None, alias="managedStorageType"
    )


TagKey = TypeAliasType(
    "TagKey",
    Annotated[
        str, Field(min_length=1, max_length=128, pattern=r"^(?:[\p{L}\p{Z}\p{N}_.:/=+\-@]*)$")
    ],
)
TagValue = TypeAliasType(
    "TagValue", Annotated[str, Field(max_length=256, pattern=r"^(?:[\p{L}\p{Z}\p{N}_.:/=+\-@]*)$")]
)


class Tag(Shape):
    """The API's structure `Tag`."""

    __api_shape__: ClassVar[str] = "Tag"

    key: TagKey = Field(alias="key")
    value: TagValue = Field(alias="value")


class CreateModelPackageGroupInput(Shape):
    """The API's structure `CreateModelPackageGroupInput`."""

    __api_shape__: ClassVar[str] = "CreateModelPackageGroupInput"

    model_package_group_name: EntityName = Field(alias="modelPackageGroupName")
    model_package_group_description: EntityDescription | None = Field(
        default=None, alias="modelPackageGroupDescription"
    )
    tags: Annotated[list[Tag], Field(max_length=50)] | None = Field(default=None, alias="tags")
    managed_configuration: ManagedConfiguration | None = Field(
        default=None, alias="managedConfiguration"
    )


ContentType = TypeAliasType(
    "ContentType", Annotated[str, Field(max_length=256, pattern=r"^[^\n\r\u0085\u2028\u2029]*$")]
)
AdditionalModelChannelName = TypeAliasType(
    "AdditionalModelChannelName",
    Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9.\-_]+$")],
)
HubContentArn = TypeAliasType(
    "HubContentArn", Annotated[str, Field(max_length=255, pattern=r"^[^\n\r\u0085\u2028\u2029]*$")]
)


class InferenceHubAccessConfig(Shape):
    """The API's structure `InferenceHubAccessConfig`."""

    __api_shape__: ClassVar[str] = "InferenceHubAccessConfig"

    hub_content_arn: HubContentArn = Field(alias="hubContentArn")


class ModelAccessConfig(Shape):
    """The API's structure `ModelAccessConfig`."""

    __api_shape__: ClassVar[str] = "ModelAccessConfig"

    accept_eula: bool = Field(alias="acceptEula")


ModelCompressionType = Literal["None", "Gzip"]
S3ModelDataType = Literal["S3Prefix", "S3Object"]
S3ModelUri = TypeAliasType(
    "S3ModelUri",
    Annotated[
        str,
        Field(
            max_length=1024,
            pattern=r"^(?:(?:https|s3)://(?:[^/]+)/?(?:[^\n\r\u0085\u2028\u2029]*))$",
        ),
    ],
)


class S3ModelDataSource(Shape):
    """The API's structure `S3ModelDataSource`."""

    __api_shape__: ClassVar[str] = "S3ModelDataSource"

    s3_uri: S3ModelUri = Field(alias="s3Uri")
    s3_data_type: S3ModelDataType = Field(alias="s3DataType")
    compression_type: ModelCompressionType = Field(alias="compressionType")
    model_access_config: ModelAccessConfig | None = Field(default=None, alias="modelAccessConfig")
    hub_access_config: InferenceHubAccessConfig | None = Field(
        default=None, alias="hubAccessConfig"
    )
    manifest_s3_uri: S3ModelUri | None = Field(default=None, alias="manifestS3Uri")
    etag: str | None = Field(default=None, alias="eTag")
    manifest_etag: str | None = Field(default=None, alias="manifestEtag")


class AdditionalModelDataSource(Shape):
    """The API's structure `AdditionalModelDataSource`."""

    __api_shape__: ClassVar[str] = "AdditionalModelDataSource"

    channel_name: AdditionalModelChannelName = Field(alias="channelName")
    s3_data_source: S3ModelDataSource = Field(alias="s3DataSource")


AdditionalS3DataSourceDataType = Literal["S3Object", "S3Prefix"]
CompressionType = Literal["None", "Gzip"]
S3Uri = TypeAliasType(
    "S3Uri",
    Annotated[
        str,
        Field(
            max_length=1024,
            pattern=r"^(?:(?:https|s3)://(?:[^/]+)/?(?:[^\n\r\u0085\u2028\u2029]*))$",
        ),
    ],
)


class AdditionalS3DataSource(Shape):
    """The API's structure `AdditionalS3DataSource`."""

    __api_shape__: ClassVar[str] = "AdditionalS3DataSource"

    s3_data_type: AdditionalS3DataSourceDataType = Field(alias="s3DataType")
    s3_uri: S3Uri = Field(alias="s3Uri")
    compression_type: CompressionType | None = Field(default=None, alias="compressionType")
    etag: str | None = Field(default=None, alias="eTag")


HubContentName = TypeAliasType(
    "HubContentName",
    Annotated[str, Field(max_length=63, pattern=r"^[a-zA-Z0-9](?:-*[a-zA-Z0-9])*$")],
)
HubContentVersion = TypeAliasType(
    "HubContentVersion",
    Annotated[
        str,
        Field(
            min_length=5,
            max_length=14,
            pattern=r"^[0-9]{1,4}[^\n\r\u0085\u2028\u2029][0-9]{1,4}[^\n\r\u0085\u2028\u2029][0-9]{1,4}$",
        ),
    ],
)
RecipeName = TypeAliasType("RecipeName", Annotated[str, Field(max_length=255)])


class HubBaseModel(Shape):
    """The API's structure `BaseModel`."""

    __api_shape__: ClassVar[str] = "BaseModel"

    hub_content_name: HubContentName | None = Field(default=None, alias="hubContentName")
    hub_content_version: HubContentVersion | None = Field(default=None, alias="hubContentVersion")
    recipe_name: RecipeName | None = Field(default=None, alias="recipeName")


ContainerHostname = TypeAliasType(
    "ContainerHostname",
    Annotated[str, Field(max_length=63, pattern=r"^[a-zA-Z0-9](?:-*[a-zA-Z0-9])*$")],
)
ContainerImage = TypeAliasType(
    "ContainerImage", Annotated[str, Field(max_length=255, pattern=r"^[^ \t\n\u000b\f\r]+$")]
)
EnvironmentKey = TypeAliasType(
    "EnvironmentKey", Annotated[str, Field(max_length=1024, pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
)
EnvironmentValue = TypeAliasType("EnvironmentValue", Annotated[str, Field(max_length=1024)])
ImageDigest = TypeAliasType(
    "ImageDigest",
    Annotated[str, Field(max_length=72, pattern=r"^[Ss][Hh][Aa]256:[0-9a-fA-F]{64}$")],
)


class ModelDataSource(Shape):
    """The API's structure `ModelDataSource`."""

    __api_shape__: ClassVar[str] = "ModelDataSource"

    s3_data_source: S3ModelDataSource | None = Field(default=None, alias="s3DataSource")


DataInputConfig = TypeAliasType(
    "DataInputConfig", Annotated[str, Field(min_length=1, max_length=16384)]
)


class ModelInput(Shape):
    """The API's structure `ModelInput`."""

    __api_shape__: ClassVar[str] = "ModelInput"

    data_input_config: DataInputConfig = Field(alias="dataInputConfig")


ModelPackageFrameworkVersion = TypeAliasType(
    "ModelPackageFrameworkVersion",
    Annotated[str, Field(min_length=3, max_length=10, pattern=r"^[0-9]\.[A-Za-z0-9.-]+$")],
)
ProductId = TypeAliasType(
    "ProductId", Annotated[str, Field(max_length=256, pattern=r"^[a-zA-Z0-9](?:-*[a-zA-Z0-9])*$")]
)
Url = TypeAliasType(
    "Url",
    Annotated[
        str,
        Field(
            max_length=1024,
            pattern=r"^(?:(?:https|s3)://(?:[^/]+)/?(?:[^\n\r\u0085\u2028\u2029]*))$",
        ),
    ],
)


class ModelPackageContainerDefinition(Shape):
    """The API's structure `ModelPackageContainerDefinition`."""

    __api_shape__: ClassVar[str] = "ModelPackageContainerDefinition"

    container_hostname: ContainerHostname | None = Field(default=None, alias="containerHostname")
    image: ContainerImage | None = Field(default=None, alias="image")
    image_digest: ImageDigest | None = Field(default=None, alias="imageDigest")
    model_data_url: Url | None = Field(default=None, alias="modelDataUrl")
    model_data_source: ModelDataSource | None = Field(default=None, alias="modelDataSource")
    product_id: ProductId | None = Field(default=None, alias="productId")
    environment: Annotated[dict[EnvironmentKey, EnvironmentValue], Field(max_length=100)] | None = (
        Field(default=None, alias="environment")
    )
    model_input: ModelInput | None = Field(default=None, alias="modelInput")
    framework: str | None = Field(default=None, alias="framework")
    framework_version: ModelPackageFrameworkVersion | None = Field(
        default=None, alias="frameworkVersion"
    )
    nearest_model_name: str | None = Field(default=None, alias="nearestModelName")
    additional_model_data_sources: (
        Annotated[list[AdditionalModelDataSource], Field(max_length=5)] | None
    ) = Field(default=None, alias="additionalModelDataSources")
    additional_s3_data_source: AdditionalS3DataSource | None = Field(
        default=None, alias="additionalS3DataSource"
    )
    model_data_etag: str | None = Field(default=None, alias="modelDataETag")
    is_checkpoint: bool | None = Field(default=None, alias="isCheckpoint")
    base_model: HubBaseModel | None = Field(default=None, alias="baseModel")


ProductionVariantInstanceType = TypeAliasType(
    "ProductionVariantInstanceType", Annotated[str, Field(min_length=1)]
)
ResponseMIMEType = TypeAliasType(
    "ResponseMIMEType",
    Annotated[str, Field(max_length=1024, pattern=r"^[-A-Za-z0-9_]+/[^\n\r\u0085\u2028\u2029]+$")],
)
TransformInstanceType = TypeAliasType("TransformInstanceType", Annotated[str, Field(min_length=1)])


class AdditionalInferenceSpecificationDefinition(Shape):
    """The API's structure `AdditionalInferenceSpecificationDefinition`."""

    __api_shape__: ClassVar[str] = "AdditionalInferenceSpecificationDefinition"

    name: EntityName = Field(alias="name")
    description: EntityDescription | None = Field(default=None, alias="description")
    containers: Annotated[
        list[ModelPackageContainerDefinition], Field(min_length=1, max_length=15)
    ] = Field(alias="containers")
    supported_transform_instance_types: (
        Annotated[list[TransformInstanceType], Field(min_length=1)] | None
    ) = Field(default=None, alias="supportedTransformInstanceTypes")
    supported_realtime_inference_instance_types: list[ProductionVariantInstanceType] | None = Field(
        default=None, alias="supportedRealtimeInferenceInstanceTypes"
    )
    supported_content_types: list[ContentType] | None = Field(
        default=None, alias="supportedContentTypes"
    )
    supported_response_mime_types: list[ResponseMIMEType] | None = Field(
        default=None, alias="supportedResponseMIMETypes"
    )


ArnOrName = TypeAliasType(
    "ArnOrName",
    Annotated[
        str,
        Field(
            min_length=1,
            max_length=170,
            pattern=r"^(?:arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*/)?[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$",
        ),
    ],
)
ClientToken = TypeAliasType(
    "ClientToken", Annotated[str, Field(min_length=1, max_length=36, pattern=r"^[a-zA-Z0-9-]+$")]
)
CustomerMetadataKey = TypeAliasType(
    "CustomerMetadataKey",
    Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$")],
)
CustomerMetadataValue = TypeAliasType(
    "CustomerMetadataValue",
    Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$")],
)
ContentDigest = TypeAliasType(
    "ContentDigest",
    Annotated[str, Field(max_length=72, pattern=r"^[Ss][Hh][Aa]256:[0-9a-fA-F]{64}$")],
)


class FileSource(Shape):
    """The API's structure `FileSource`."""

    __api_shape__: ClassVar[str] = "FileSource"

    content_type: ContentType | None = Field(default=None, alias="contentType")
    content_digest: ContentDigest | None = Field(default=None, alias="contentDigest")
    s3_uri: S3Uri = Field(alias="s3Uri")


class MetricsSource(Shape):
    """The API's structure `MetricsSource`."""

    __api_shape__: ClassVar[str] = "MetricsSource"

    content_type: ContentType = Field(alias="contentType")
    content_digest: ContentDigest | None = Field(default=None, alias="contentDigest")
    s3_uri: S3Uri = Field(alias="s3Uri")


class DriftCheckBias(Shape):
    """The API's structure `DriftCheckBias`."""

    __api_shape__: ClassVar[str] = "DriftCheckBias"

    config_file: FileSource | None = Field(default=None, alias="configFile")
    pre_training_constraints: MetricsSource | None = Field(
        default=None, alias="preTrainingConstraints"
    )
    post_training_constraints: MetricsSource | None = Field(
        default=None, alias="postTrainingConstraints"
    )


class DriftCheckExplainability(Shape):
    """The API's structure `DriftCheckExplainability`."""

    __api_shape__: ClassVar[str] = "DriftCheckExplainability"

    constraints: MetricsSource | None = Field(default=None, alias="constraints")
    config_file: FileSource | None = Field(default=None, alias="configFile")


class DriftCheckModelDataQuality(Shape):
    """The API's structure `DriftCheckModelDataQuality`."""

    __api_shape__: ClassVar[str] = "DriftCheckModelDataQuality"

    statistics: MetricsSource | None = Field(default=None, alias="statistics")
    constraints: MetricsSource | None = Field(default=None, alias="constraints")


class DriftCheckModelQuality(Shape):
    """The API's structure `DriftCheckModelQuality`."""

    __api_shape__: ClassVar[str] = "DriftCheckModelQuality"

    statistics: MetricsSource | None = Field(default=None, alias="statistics")
    constraints: MetricsSource | None = Field(default=None, alias="constraints")


class DriftCheckBaselines(Shape):
    """The API's structure `DriftCheckBaselines`."""

    __api_shape__: ClassVar[str] = "DriftCheckBaselines"

    bias: DriftCheckBias | None = Field(default=None, alias="bias")
    explainability: DriftCheckExplainability | None = Field(default=None, alias="explainability")
    model_quality: DriftCheckModelQuality | None = Field(default=None, alias="modelQuality")
    model_data_quality: DriftCheckModelDataQuality | None = Field(
        default=None, alias="modelDataQuality"
    )


class InferenceSpecification(Shape):
    """The API's structure `InferenceSpecification`."""

    __api_shape__: ClassVar[str] = "InferenceSpecification"

    containers: Annotated[
        list[ModelPackageContainerDefinition], Field(min_length=1, max_length=15)
    ] = Field(alias="containers")
    supported_transform_instance_types: (
        Annotated[list[TransformInstanceType], Field(min_length=1)] | None
    ) = Field(default=None, alias="supportedTransformInstanceTypes")
    supported_realtime_inference_instance_types: list[ProductionVariantInstanceType] | None = Field(
        default=None, alias="supportedRealtimeInferenceInstanceTypes"
    )
    supported_content_types: list[ContentType] | None = Field(
        default=None, alias="supportedContentTypes"
    )
    supported_response_mime_types: list[ResponseMIMEType] | None = Field(
        default=None, alias="supportedResponseMIMETypes"
    )


MetadataPropertyValue = TypeAliasType(
    "MetadataPropertyValue",
    Annotated[str, Field(max_length=1024, pattern=r"^[^\n\r\u0085\u2028\u2029]*$")],
)


class MetadataProperties(Shape):
    """The API's structure `MetadataProperties`."""

    __api_shape__: ClassVar[str] = "MetadataProperties"

    commit_id: MetadataPropertyValue | None = Field(default=None, alias="commitId")
    repository: MetadataPropertyValue | None = Field(default=None, alias="repository")
    generated_by: MetadataPropertyValue | None = Field(default=None, alias="generatedBy")
    project_id: MetadataPropertyValue | None = Field(default=None, alias="projectId")


ModelApprovalStatus = Literal["Approved", "Rejected", "PendingManualApproval"]
StageDescription = TypeAliasType(
    "StageDescription",
    Annotated[str, Field(max_length=1024, pattern=r"^[^\n\r\u0085\u2028\u2029]*$")],
)


class ModelLifeCycle(Shape):
    """The API's structure `ModelLifeCycle`."""

    __api_shape__: ClassVar[str] = "ModelLifeCycle"

    stage: EntityName = Field(alias="stage")
    stage_status: EntityName = Field(alias="stageStatus")
    stage_description: StageDescription | None = Field(default=None, alias="stageDescription")


class Bias(Shape):
    """The API's structure `Bias`."""

    __api_shape__: ClassVar[str] = "Bias"

    report: MetricsSource | None = Field(default=None, alias="report")
    pre_training_report: MetricsSource | None = Field(default=None, alias="preTrainingReport")
    post_training_report: MetricsSource | None = Field(default=None, alias="postTrainingReport")


class Explainability(Shape):
    """The API's structure `Explainability`."""

    __api_shape__: ClassVar[str] = "Explainability"

    report: MetricsSource | None = Field(default=None, alias="report")


class ModelDataQuality(Shape):
    """The API's structure `ModelDataQuality`."""

    __api_shape__: ClassVar[str] = "ModelDataQuality"

    statistics: MetricsSource | None = Field(default=None, alias="statistics")
    constraints: MetricsSource | None = Field(default=None, alias="constraints")


class ModelQuality(Shape):
    """The API's structure `ModelQuality`."""

    __api_shape__: ClassVar[str] = "ModelQuality"

    statistics: MetricsSource | None = Field(default=None, alias="statistics")
    constraints: MetricsSource | None = Field(default=None, alias="constraints")


class ModelMetrics(Shape):
    """The API's structure `ModelMetrics`."""

    __api_shape__: ClassVar[str] = "ModelMetrics"

    model_quality: ModelQuality | None = Field(default=None, alias="modelQuality")
    model_data_quality: ModelDataQuality | None = Field(default=None, alias="modelDataQuality")
    bias: Bias | None = Field(default=None, alias="bias")
    explainability: Explainability | None = Field(default=None, alias="explainability")


ModelCardContent = TypeAliasType(
    "ModelCardContent",
    Annotated[str, Field(max_length=100000, pattern=r"^[^\n\r\u0085\u2028\u2029]*$")],
)
ModelCardStatus = Literal["Draft", "PendingReview", "Approved", "Archived"]


class ModelPackageModelCard(Shape):
    """The API's structure `ModelPackageModelCard`."""

    __api_shape__: ClassVar[str] = "ModelPackageModelCard"

    model_card_content: Annotated[dict[str, JsonValue], CanonicalJson(max_length=100000)] | None = (
        Field(default=None, alias="modelCardContent")
    )
    model_card_status: ModelCardStatus | None = Field(default=None, alias="modelCardStatus")


ModelPackageRegistrationType = Literal["Logged", "Registered"]
KmsKeyId = TypeAliasType(
    "KmsKeyId", Annotated[str, Field(max_length=2048, pattern=r"^[a-zA-Z0-9:/_-]*$")]
)


class ModelPackageSecurityConfig(Shape):
    """The API's structure `ModelPackageSecurityConfig`."""

    __api_shape__: ClassVar[str] = "ModelPackageSecurityConfig"

    kms_key_id: KmsKeyId = Field(alias="kmsKeyId")


ModelPackageSourceUri = TypeAliasType(
    "ModelPackageSourceUri",
    Annotated[str, Field(max_length=1024, pattern=r"^[\p{L}\p{M}\p{Z}\p{N}\p{P}]*$")],
)
BatchStrategy = Literal["MultiRecord", "SingleRecord"]
MaxConcurrentTransforms = TypeAliasType("MaxConcurrentTransforms", Annotated[int, Field(ge=0)])
MaxPayloadInMB = TypeAliasType("MaxPayloadInMB", Annotated[int, Field(ge=0)])
TransformEnvironmentKey = TypeAliasType(
    "TransformEnvironmentKey",
    Annotated[str, Field(max_length=1024, pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")],
)
TransformEnvironmentValue = TypeAliasType(
    "TransformEnvironmentValue", Annotated[str, Field(max_length=10240)]
)
SplitType = Literal["None", "Line", "RecordIO", "TFRecord"]
S3DataType = Literal["ManifestFile", "S3Prefix", "AugmentedManifestFile", "Converse"]


class TransformS3DataSource(Shape):
    """The API's structure `TransformS3DataSource`."""

    __api_shape__: ClassVar[str] = "TransformS3DataSource"

    s3_data_type: S3DataType = Field(alias="s3DataType")
    s3_uri: S3Uri = Field(alias="s3Uri")


class TransformDataSource(Shape):
    """The API's structure `TransformDataSource`."""

    __api_shape__: ClassVar[str] = "TransformDataSource"

    s3_data_source: TransformS3DataSource = Field(alias="s3DataSource")


class TransformInput(Shape):
    """The API's structure `TransformInput`."""

    __api_shape__: ClassVar[str] = "TransformInput"

    data_source: TransformDataSource = Field(alias="dataSource")
    content_type: ContentType | None = Field(default=None, alias="contentType")
    compression_type: CompressionType | None = Field(default=None, alias="compressionType")
    split_type: SplitType | None = Field(default=None, alias="splitType")


Accept = TypeAliasType(
    "Accept", Annotated[str, Field(max_length=256, pattern=r"^[^\n\r\u0085\u2028\u2029]*$")]
)
AssemblyType = Literal["None", "Line"]


class TransformOutput(Shape):
    """The API's structure `TransformOutput`."""

    __api_shape__: ClassVar[str] = "TransformOutput"

    s3_output_path: S3Uri = Field(alias="s3OutputPath")
    accept: Accept | None = Field(default=None, alias="accept")
    assemble_with: AssemblyType | None = Field(default=None, alias="assembleWith")
    kms_key_id: KmsKeyId | None = Field(default=None, alias="kmsKeyId")


TransformAmiVersion = TypeAliasType(
    "TransformAmiVersion",
    Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*$")],
)
TransformInstanceCount = TypeAliasType("TransformInstanceCount", Annotated[int, Field(ge=1)])


class TransformResources(Shape):
    """The API's structure `TransformResources`."""

    __api_shape__: ClassVar[str] = "TransformResources"

    instance_type: TransformInstanceType = Field(alias="instanceType")
    instance_count: TransformInstanceCount = Field(alias="instanceCount")
    volume_kms_key_id: KmsKeyId | None = Field(default=None, alias="volumeKmsKeyId")
    transform_ami_version: TransformAmiVersion | None = Field(
        default=None, alias="transformAmiVersion"
    )


class TransformJobDefinition(Shape):
    """The API's structure `TransformJobDefinition`."""

    __api_shape__: ClassVar[str] = "TransformJobDefinition"

    max_concurrent_transforms: MaxConcurrentTransforms | None = Field(
        default=None, alias="maxConcurrentTransforms"
    )
    max_payload_in_mb: MaxPayloadInMB | None = Field(default=None, alias="maxPayloadInMB")
    batch_strategy: BatchStrategy | None = Field(default=None, alias="batchStrategy")
    environment: (
        Annotated[dict[TransformEnvironmentKey, TransformEnvironmentValue], Field(max_length=16)]
        | None
    ) = Field(default=None, alias="environment")
    transform_input: TransformInput = Field(alias="transformInput")
    transform_output: TransformOutput = Field(alias="transformOutput")
    transform_resources: TransformResources = Field(alias="transformResources")


class ModelPackageValidationProfile(Shape):
    """The API's structure `ModelPackageValidationProfile`."""

    __api_shape__: ClassVar[str] = "ModelPackageValidationProfile"

    profile_name: EntityName = Field(alias="profileName")
    transform_job_definition: TransformJobDefinition = Field(alias="transformJobDefinition")


RoleArn = TypeAliasType(
    "RoleArn",
    Annotated[
        str,
        Field(
            min_length=20,
            max_length=2048,
            pattern=r"^arn:aws[a-z\-]*:iam::[0-9]{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$",
        ),
    ],
)


class ModelPackageValidationSpecification(Shape):
    """The API's structure `ModelPackageValidationSpecification`."""

    __api_shape__: ClassVar[str] = "ModelPackageValidationSpecification"

    validation_role: RoleArn = Field(alias="validationRole")
    validation_profiles: Annotated[list[ModelPackageValidationProfile], Field(max_length=1)] = (
        Field(alias="validationProfiles")
    )


SkipModelValidation = Literal["All", "None"]


class SourceAlgorithm(Shape):
    """The API's structure `SourceAlgorithm`."""

    __api_shape__: ClassVar[str] = "SourceAlgorithm"

    model_data_url: Url | None = Field(default=None, alias="modelDataUrl")
    model_data_source: ModelDataSource | None = Field(default=None, alias="modelDataSource")
    model_data_etag: str | None = Field(default=None, alias="modelDataETag")
    algorithm_name: ArnOrName = Field(alias="algorithmName")


class SourceAlgorithmSpecification(Shape):
    """The API's structure `SourceAlgorithmSpecification`."""

    __api_shape__: ClassVar[str] = "SourceAlgorithmSpecification"

    source_algorithms: Annotated[list[SourceAlgorithm], Field(min_length=1, max_length=1)] = Field(
        alias="sourceAlgorithms"
    )


class CreateModelPackageInput(Shape):
    """The API's structure `CreateModelPackageInput`."""

    __api_shape__: ClassVar[str] = "CreateModelPackageInput"

    model_package_name: EntityName | None = Field(default=None, alias="modelPackageName")
    model_package_group_name: ArnOrName | None = Field(default=None, alias="modelPackageGroupName")
    model_package_description: EntityDescription | None = Field(
        default=None, alias="modelPackageDescription"
    )
    model_package_registration_type: ModelPackageRegistrationType | None = Field(
        default=None, alias="modelPackageRegistrationType"
    )
    inference_specification: InferenceSpecification | None = Field(
        default=None, alias="inferenceSpecification"
    )
    validation_specification: ModelPackageValidationSpecification | None = Field(
        default=None, alias="validationSpecification"
    )
    source_algorithm_specification: SourceAlgorithmSpecification | None = Field(
        default=None, alias="sourceAlgorithmSpecification"
    )
    certify_for_marketplace: bool | None = Field(default=None, alias="certifyForMarketplace")
    tags: Annotated[list[Tag], Field(max_length=50)] | None = Field(default=None, alias="tags")
    model_approval_status: ModelApprovalStatus | None = Field(
        default=None, alias="modelApprovalStatus"
    )
    metadata_properties: MetadataProperties | None = Field(default=None, alias="metadataProperties")
    model_metrics: ModelMetrics | None = Field(default=None, alias="modelMetrics")
    client_token: ClientToken | None = Field(default=None, alias="clientToken")
    domain: str | None = Field(default=None, alias="domain")
    task: str | None = Field(default=None, alias="task")
    sample_payload_url: S3Uri | None = Field(default=None, alias="samplePayloadUrl")
    customer_metadata_properties: (
        Annotated[
            dict[CustomerMetadataKey, CustomerMetadataValue], Field(min_length=1, max_length=50)
        ]
        | None
    ) = Field(default=None, alias="customerMetadataProperties")
    drift_check_baselines: DriftCheckBaselines | None = Field(
        default=None, alias="driftCheckBaselines"
    )
    additional_inference_specifications: (
        Annotated[
            list[AdditionalInferenceSpecificationDefinition], Field(min_length=1, max_length=15)
        ]
        | None
    ) = Field(default=None, alias="additionalInferenceSpecifications")
    skip_model_validation: SkipModelValidation | None = Field(
        default=None, alias="skipModelValidation"
    )
    source_uri: ModelPackageSourceUri | None = Field(default=None, alias="sourceUri")
    security_config: ModelPackageSecurityConfig | None = Field(default=None, alias="securityConfig")
    model_card: ModelPackageModelCard | None = Field(default=None, alias="modelCard")
    model_life_cycle: ModelLifeCycle | None = Field(default=None, alias="modelLifeCycle")
    managed_storage_type: ManagedStorageType | None = Field(
        default=None, alias="managedStorageType"
    )


ApprovalDescription = TypeAliasType(
    "ApprovalDescription",
    Annotated[str, Field(max_length=1024, pattern=r"^[^\n\r\u0085\u2028\u2029]*$")],
)
ModelPackageArn = TypeAliasType(
    "ModelPackageArn",
    Annotated[
        str,
        Field(
            min_length=1,
            max_length=2048,
            pattern=r"^arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package/[^ \t\n\u000b\f\r]+$",
        ),
    ],
)


class UpdateModelPackageInput(Shape):
    """The API's structure `UpdateModelPackageInput`."""

    __api_shape__: ClassVar[str] = "UpdateModelPackageInput"

    model_package_arn: ModelPackageArn = Field(alias="modelPackageArn")
    model_approval_status: ModelApprovalStatus | None = Field(
        default=None, alias="modelApprovalStatus"
    )
    model_package_registration_type: ModelPackageRegistrationType | None = Field(
        default=None, alias="modelPackageRegistrationType"
    )
    approval_description: ApprovalDescription | None = Field(
        default=None, alias="approvalDescription"
    )
    customer_metadata_properties: (
        Annotated[
            dict[CustomerMetadataKey, CustomerMetadataValue], Field(min_length=1, max_length=50)
        ]
        | None
    ) = Field(default=None, alias="customerMetadataProperties")
    customer_metadata_properties_to_remove: list[CustomerMetadataKey] | None = Field(
        default=None, alias="customerMetadataPropertiesToRemove"
    )
    additional_inference_specifications_to_add: (
        Annotated[
            list[AdditionalInferenceSpecificationDefinition], Field(min_length=1, max_length=15)
        ]
        | None
    ) = Field(default=None, alias="additionalInferenceSpecificationsToAdd")
    inference_specification: InferenceSpecification | None = Field(
        default=None, alias="inferenceSpecification"
    )
    source_uri: ModelPackageSourceUri | None = Field(default=None, alias="sourceUri")
    model_card: ModelPackageModelCard | None = Field(default=None, alias="modelCard")
    model_life_cycle: ModelLifeCycle | None = Field(default=None, alias="modelLifeCycle")
    client_token: ClientToken | None = Field(default=None, alias="clientToken")


STRUCTURES: dict[str, type[Shape]] = {
    "AdditionalInferenceSpecificationDefinition": AdditionalInferenceSpecificationDefinition,
    "AdditionalModelDataSource": AdditionalModelDataSource,
    "AdditionalS3DataSource": AdditionalS3DataSource,
    "BaseModel": HubBaseModel,
    "Bias": Bias,
    "CreateModelPackageGroupInput": CreateModelPackageGroupInput,
    "CreateModelPackageInput": CreateModelPackageInput,
    "DriftCheckBaselines": DriftCheckBaselines,
    "DriftCheckBias": DriftCheckBias,
    "DriftCheckExplainability": DriftCheckExplainability,
    "DriftCheckModelDataQuality": DriftCheckModelDataQuality,
    "DriftCheckModelQuality": DriftCheckModelQuality,
    "Explainability": Explainability,
    "FileSource": FileSource,
    "InferenceHubAccessConfig": InferenceHubAccessConfig,
    "InferenceSpecification": InferenceSpecification,
    "ManagedConfiguration": ManagedConfiguration,
    "MetadataProperties": MetadataProperties,
    "MetricsSource": MetricsSource,
    "ModelAccessConfig": ModelAccessConfig,
    "ModelDataQuality": ModelDataQuality,
    "ModelDataSource": ModelDataSource,
    "ModelInput": ModelInput,
    "ModelLifeCycle": ModelLifeCycle,
    "ModelMetrics": ModelMetrics,
    "ModelPackageContainerDefinition": ModelPackageContainerDefinition,
    "ModelPackageModelCard": ModelPackageModelCard,
    "ModelPackageSecurityConfig": ModelPackageSecurityConfig,
    "ModelPackageValidationProfile": ModelPackageValidationProfile,
    "ModelPackageValidationSpecification": ModelPackageValidationSpecification,
    "ModelQuality": ModelQuality,
    "S3ModelDataSource": S3ModelDataSource,
    "SourceAlgorithm": SourceAlgorithm,
    "SourceAlgorithmSpecification": SourceAlgorithmSpecification,
    "Tag": Tag,
    "TransformDataSource": TransformDataSource,
    "TransformInput": TransformInput,
    "TransformJobDefinition": TransformJobDefinition,
    "TransformOutput": TransformOutput,
    "TransformResources": TransformResources,
    "TransformS3DataSource": TransformS3DataSource,
    "UpdateModelPackageInput": UpdateModelPackageInput,
}
"""The class of each API structure; `__api_shape__` on a class leads back."""

KNOWN_INSTANCE_TYPES: dict[str, frozenset[str]] = {
    "ProductionVariantInstanceType": frozenset(
        {
            "ml.c4.2xlarge",
            "ml.c4.4xlarge",
            "ml.c4.8xlarge",
            "ml.c4.large",
            "ml.c4.xlarge",
            "ml.c5.18xlarge",
            "ml.c5.2xlarge",
            "ml.c5.4xlarge",
            "ml.c5.9xlarge",
            "ml.c5.large",
            "ml.c5.xlarge",
            "ml.c5d.18xlarge",
            "ml.c5d.2xlarge",
            "ml.c5d.4xlarge",
            "ml.c5d.9xlarge",
            "ml.c5d.large",
            "ml.c5d.xlarge",
            "ml.c6g.12xlarge",
            "ml.c6g.16xlarge",
            "ml.c6g.2xlarge",
            "ml.c6g.4xlarge",
            "ml.c6g.8xlarge",
            "ml.c6g.large",
            "ml.c6g.xlarge",
            "ml.c6gd.12xlarge",
            "ml.c6gd.16xlarge",
            "ml.c6gd.2xlarge",
            "ml.c6gd.4xlarge",
            "ml.c6gd.8xlarge",
            "ml.c6gd.large",
            "ml.c6gd.xlarge",
            "ml.c6gn.12xlarge",
            "ml.c6gn.16xlarge",
            "ml.c6gn.2xlarge",
            "ml.c6gn.4xlarge",
            "ml.c6gn.8xlarge",
            "ml.c6gn.large",
            "ml.c6gn.xlarge",
            "ml.c6i.12xlarge",
            "ml.c6i.16xlarge",
            "ml.c6i.24xlarge",
            "ml.c6i.2xlarge",
            "ml.c6i.32xlarge",
            "ml.c6i.4xlarge",
            "ml.c6i.8xlarge",
            "ml.c6i.large",
            "ml.c6i.xlarge",
            "ml.c6in.12xlarge",
            "ml.c6in.16xlarge",
            "ml.c6in.24xlarge",
            "ml.c6in.2xlarge",
            "ml.c6in.32xlarge",
            "ml.c6in.4xlarge",
            "ml.c6in.8xlarge",
            "ml.c6in.large",
            "ml.c6in.xlarge",
            "ml.c7g.12xlarge",
            "ml.c7g.16xlarge",
            "ml.c7g.2xlarge",
            "ml.c7g.4xlarge",
            "ml.c7g.8xlarge",
            "ml.c7g.large",
            "ml.c7g.xlarge",
            "ml.c7i.12xlarge",
            "ml.c7i.16xlarge",
            "ml.c7i.24xlarge",
            "ml.c7i.2xlarge",
            "ml.c7i.48xlarge",
            "ml.c7i.4xlarge",
            "ml.c7i.8xlarge",
            "ml.c7i.large",
            "ml.c7i.xlarge",
            "ml.c8g.12xlarge",
            "ml.c8g.16xlarge",
            "ml.c8g.24xlarge",
            "ml.c8g.2xlarge",
            "ml.c8g.48xlarge",
            "ml.c8g.4xlarge",
            "ml.c8g.8xlarge",
            "ml.c8g.large",
            "ml.c8g.medium",
            "ml.c8g.xlarge",
            "ml.dl1.24xlarge",
            "ml.g4dn.12xlarge",
            "ml.g4dn.16xlarge",
            "ml.g4dn.2xlarge",
            "ml.g4dn.4xlarge",
            "ml.g4dn.8xlarge",
            "ml.g4dn.xlarge",
            "ml.g5.12xlarge",
            "ml.g5.16xlarge",
            "ml.g5.24xlarge",
            "ml.g5.2xlarge",
            "ml.g5.48xlarge",
            "ml.g5.4xlarge",
            "ml.g5.8xlarge",
            "ml.g5.xlarge",
            "ml.g6.12xlarge",
            "ml.g6.16xlarge",
            "ml.g6.24xlarge",
            "ml.g6.2xlarge",
            "ml.g6.48xlarge",
            "ml.g6.4xlarge",
            "ml.g6.8xlarge",
            "ml.g6.xlarge",
            "ml.g6e.12xlarge",
            "ml.g6e.16xlarge",
            "ml.g6e.24xlarge",
            "ml.g6e.2xlarge",
            "ml.g6e.48xlarge",
            "ml.g6e.4xlarge",
            "ml.g6e.8xlarge",
            "ml.g6e.xlarge",
            "ml.g7.12xlarge",
            "ml.g7.24xlarge",
            "ml.g7.2xlarge",
            "ml.g7.48xlarge",
            "ml.g7.4xlarge",
            "ml.g7.8xlarge",
            "ml.g7e.12xlarge",
            "ml.g7e.24xlarge",
            "ml.g7e.2xlarge",
            "ml.g7e.48xlarge",
            "ml.g7e.4xlarge",
            "ml.g7e.8xlarge",
            "ml.inf1.24xlarge",
            "ml.inf1.2xlarge",
            "ml.inf1.6xlarge",
            "ml.inf1.xlarge",
            "ml.inf2.24xlarge",
            "ml.inf2.48xlarge",
            "ml.inf2.8xlarge",
            "ml.inf2.xlarge",
            "ml.m4.10xlarge",
            "ml.m4.16xlarge",
            "ml.m4.2xlarge",
            "ml.m4.4xlarge",
            "ml.m4.xlarge",
            "ml.m5.12xlarge",
            "ml.m5.24xlarge",
            "ml.m5.2xlarge",
            "ml.m5.4xlarge",
            "ml.m5.large",
            "ml.m5.xlarge",
            "ml.m5d.12xlarge",
            "ml.m5d.24xlarge",
            "ml.m5d.2xlarge",
            "ml.m5d.4xlarge",
            "ml.m5d.large",
            "ml.m5d.xlarge",
            "ml.m6g.12xlarge",
            "ml.m6g.16xlarge",
            "ml.m6g.2xlarge",
            "ml.m6g.4xlarge",
            "ml.m6g.8xlarge",
            "ml.m6g.large",
            "ml.m6g.xlarge",
            "ml.m6gd.12xlarge",
            "ml.m6gd.16xlarge",
            "ml.m6gd.2xlarge",
            "ml.m6gd.4xlarge",
            "ml.m6gd.8xlarge",
            "ml.m6gd.large",
            "ml.m6gd.xlarge",
            "ml.m6i.12xlarge",
            "ml.m6i.16xlarge",
            "ml.m6i.24xlarge",
            "ml.m6i.2xlarge",
            "ml.m6i.32xlarge",
            "ml.m6i.4xlarge",
            "ml.m6i.8xlarge",
            "ml.m6i.large",
            "ml.m6i.xlarge",
            "ml.m7i.12xlarge",
            "ml.m7i.16xlarge",
            "ml.m7i.24xlarge",
            "ml.m7i.2xlarge",
            "ml.m7i.48xlarge",
            "ml.m7i.4xlarge",
            "ml.m7i.8xlarge",
            "ml.m7i.large",
            "ml.m7i.xlarge",
            "ml.m8g.12xlarge",
            "ml.m8g.16xlarge",
            "ml.m8g.24xlarge",
            "ml.m8g.2xlarge",
            "ml.m8g.48xlarge",
            "ml.m8g.4xlarge",
            "ml.m8g.8xlarge",
            "ml.m8g.large",
            "ml.m8g.medium",
            "ml.m8g.xlarge",
            "ml.p2.16xlarge",
            "ml.p2.8xlarge",
            "ml.p2.xlarge",
            "ml.p3.16xlarge",
            "ml.p3.2xlarge",
            "ml.p3.8xlarge",
            "ml.p4d.24xlarge",
            "ml.p4de.24xlarge",
            "ml.p5.48xlarge",
            "ml.p5.4xlarge",
            "ml.p5e.48xlarge",
            "ml.p5en.48xlarge",
            "ml.p6-b200.48xlarge",
            "ml.p6-b300.48xlarge",
            "ml.p6e-gb200.36xlarge",
            "ml.r5.12xlarge",
            "ml.r5.24xlarge",
            "ml.r5.2xlarge",
            "ml.r5.4xlarge",
            "ml.r5.large",
            "ml.r5.xlarge",
            "ml.r5d.12xlarge",
            "ml.r5d.24xlarge",
            "ml.r5d.2xlarge",
            "ml.r5d.4xlarge",
            "ml.r5d.large",
            "ml.r5d.xlarge",
            "ml.r6g.12xlarge",
            "ml.r6g.16xlarge",
            "ml.r6g.2xlarge",
            "ml.r6g.4xlarge",
            "ml.r6g.8xlarge",
            "ml.r6g.large",
            "ml.r6g.xlarge",
            "ml.r6gd.12xlarge",
            "ml.r6gd.16xlarge",
            "ml.r6gd.2xlarge",
            "ml.r6gd.4xlarge",
            "ml.r6gd.8xlarge",
            "ml.r6gd.large",
            "ml.r6gd.xlarge",
            "ml.r6i.12xlarge",
            "ml.r6i.16xlarge",
            "ml.r6i.24xlarge",
            "ml.r6i.2xlarge",
            "ml.r6i.32xlarge",
            "ml.r6i.4xlarge",
            "ml.r6i.8xlarge",
            "ml.r6i.large",
            "ml.r6i.xlarge",
            "ml.r7gd.12xlarge",
            "ml.r7gd.16xlarge",
            "ml.r7gd.2xlarge",
            "ml.r7gd.4xlarge",
            "ml.r7gd.8xlarge",
            "ml.r7gd.large",
            "ml.r7gd.medium",
            "ml.r7gd.xlarge",
            "ml.r7i.12xlarge",
            "ml.r7i.16xlarge",
            "ml.r7i.24xlarge",
            "ml.r7i.2xlarge",
            "ml.r7i.48xlarge",
            "ml.r7i.4xlarge",
            "ml.r7i.8xlarge",
            "ml.r7i.large",
            "ml.r7i.xlarge",
            "ml.r8g.12xlarge",
            "ml.r8g.16xlarge",
            "ml.r8g.24xlarge",
            "ml.r8g.2xlarge",
            "ml.r8g.48xlarge",
            "ml.r8g.4xlarge",
            "ml.r8g.8xlarge",
            "ml.r8g.large",
            "ml.r8g.medium",
            "ml.r8g.xlarge",
            "ml.t2.2xlarge",
            "ml.t2.large",
            "ml.t2.medium",
            "ml.t2.xlarge",
            "ml.trn1.2xlarge",
            "ml.trn1.32xlarge",
            "ml.trn1n.32xlarge",
            "ml.trn2.48xlarge",
        }
    ),
    "TransformInstanceType": frozenset(
        {
            "ml.c4.2xlarge",
            "ml.c4.4xlarge",
            "ml.c4.8xlarge",
            "ml.c4.xlarge",
            "ml.c5.18xlarge",
            "ml.c5.2xlarge",
            "ml.c5.4xlarge",
            "ml.c5.9xlarge",
            "ml.c5.xlarge",
            "ml.c6i.12xlarge",
            "ml.c6i.16xlarge",
            "ml.c6i.24xlarge",
            "ml.c6i.2xlarge",
            "ml.c6i.32xlarge",
            "ml.c6i.4xlarge",
            "ml.c6i.8xlarge",
            "ml.c6i.large",
            "ml.c6i.xlarge",
            "ml.c7i.12xlarge",
            "ml.c7i.16xlarge",
            "ml.c7i.24xlarge",
            "ml.c7i.2xlarge",
            "ml.c7i.48xlarge",
            "ml.c7i.4xlarge",
            "ml.c7i.8xlarge",
            "ml.c7i.large",
            "ml.c7i.xlarge",
            "ml.g4dn.12xlarge",
            "ml.g4dn.16xlarge",
            "ml.g4dn.2xlarge",
            "ml.g4dn.4xlarge",
            "ml.g4dn.8xlarge",
            "ml.g4dn.xlarge",
            "ml.g5.12xlarge",
            "ml.g5.16xlarge",
            "ml.g5.24xlarge",
            "ml.g5.2xlarge",
            "ml.g5.48xlarge",
            "ml.g5.4xlarge",
            "ml.g5.8xlarge",
            "ml.g5.xlarge",
            "ml.g6.12xlarge",
            "ml.g6.16xlarge",
            "ml.g6.24xlarge",
            "ml.g6.2xlarge",
            "ml.g6.48xlarge",
            "ml.g6.4xlarge",
            "ml.g6.8xlarge",
            "ml.g6.xlarge",
            "ml.g6e.12xlarge",
            "ml.g6e.16xlarge",
            "ml.g6e.24xlarge",
            "ml.g6e.2xlarge",
            "ml.g6e.48xlarge",
            "ml.g6e.4xlarge",
            "ml.g6e.8xlarge",
            "ml.g6e.xlarge",
            "ml.inf2.24xlarge",
            "ml.inf2.48xlarge",
            "ml.inf2.8xlarge",
            "ml.inf2.xlarge",
            "ml.m4.10xlarge",
            "ml.m4.16xlarge",
            "ml.m4.2xlarge",
            "ml.m4.4xlarge",
            "ml.m4.xlarge",
            "ml.m5.12xlarge",
            "ml.m5.24xlarge",
            "ml.m5.2xlarge",
            "ml.m5.4xlarge",
            "ml.m5.large",
            "ml.m5.xlarge",
            "ml.m6i.12xlarge",
            "ml.m6i.16xlarge",
            "ml.m6i.24xlarge",
            "ml.m6i.2xlarge",
            "ml.m6i.32xlarge",
            "ml.m6i.4xlarge",
            "ml.m6i.8xlarge",
            "ml.m6i.large",
            "ml.m6i.xlarge",
            "ml.m7i.12xlarge",
            "ml.m7i.16xlarge",
            "ml.m7i.24xlarge",
            "ml.m7i.2xlarge",
            "ml.m7i.48xlarge",
            "ml.m7i.4xlarge",
            "ml.m7i.8xlarge",
            "ml.m7i.large",
            "ml.m7i.xlarge",
            "ml.p2.16xlarge",
            "ml.p2.8xlarge",
            "ml.p2.xlarge",
            "ml.p3.16xlarge",
            "ml.p3.2xlarge",
            "ml.p3.8xlarge",
            "ml.r6i.12xlarge",
            "ml.r6i.16xlarge",
            "ml.r6i.24xlarge",
            "ml.r6i.2xlarge",
            "ml.r6i.32xlarge",
            "ml.r6i.4xlarge",
            "ml.r6i.8xlarge",
            "ml.r6i.large",
            "ml.r6i.xlarge",
            "ml.r7i.12xlarge",
            "ml.r7i.16xlarge",
            "ml.r7i.24xlarge",
            "ml.r7i.2xlarge",
            "ml.r7i.48xlarge",
            "ml.r7i.4xlarge",
            "ml.r7i.8xlarge",
            "ml.r7i.large",
            "ml.r7i.xlarge",
            "ml.trn1.2xlarge",
            "ml.trn1.32xlarge",
        }
    ),
}
"""The instance types that this botocore knows, by enumeration. Others are accepted."""

INSTANCE_TYPE_MEMBERS: dict[str, str] = {
    "InstanceType": "TransformInstanceType",
    "SupportedRealtimeInferenceInstanceTypes": "ProductionVariantInstanceType",
    "SupportedTransformInstanceTypes": "TransformInstanceType",
}
"""Members that hold instance types, and the enumeration that lists the known ones."""

OPERATION_MEMBERS: dict[str, dict[str, tuple[str, ...]]] = {
    "ModelPackage": {
        "batch": (
            "ModelPackageGroupName",
            "ModelPackageVersion",
            "ModelPackageArn",
            "ModelPackageDescription",
            "CreationTime",
            "InferenceSpecification",
            "ModelPackageStatus",
            "ModelApprovalStatus",
            "ModelPackageRegistrationType",
        ),
        "create": (
            "ModelPackageName",
            "ModelPackageGroupName",
            "ModelPackageDescription",
            "ModelPackageRegistrationType",
            "InferenceSpecification",
            "ValidationSpecification",
            "SourceAlgorithmSpecification",
            "CertifyForMarketplace",
            "Tags",
            "ModelApprovalStatus",
            "MetadataProperties",
            "ModelMetrics",
            "ClientToken",
            "Domain",
            "Task",
            "SamplePayloadUrl",
            "CustomerMetadataProperties",
            "DriftCheckBaselines",
            "AdditionalInferenceSpecifications",
            "SkipModelValidation",
            "SourceUri",
            "SecurityConfig",
            "ModelCard",
            "ModelLifeCycle",
            "ManagedStorageType",
        ),
        "describe": (
            "ModelPackageName",
            "ModelPackageGroupName",
            "ModelPackageVersion",
            "ModelPackageRegistrationType",
            "ModelPackageArn",
            "ModelPackageDescription",
            "CreationTime",
            "InferenceSpecification",
            "SourceAlgorithmSpecification",
            "ValidationSpecification",
            "ModelPackageStatus",
            "ModelPackageStatusDetails",
            "CertifyForMarketplace",
            "ModelApprovalStatus",
            "CreatedBy",
            "MetadataProperties",
            "ModelMetrics",
            "LastModifiedTime",
            "LastModifiedBy",
            "ApprovalDescription",
            "Domain",
            "Task",
            "SamplePayloadUrl",
            "CustomerMetadataProperties",
            "DriftCheckBaselines",
            "AdditionalInferenceSpecifications",
            "SkipModelValidation",
            "SourceUri",
            "SecurityConfig",
            "ModelCard",
            "ModelLifeCycle",
            "ManagedStorageType",
        ),
        "list": (
            "ModelPackageName",
            "ModelPackageGroupName",
            "ModelPackageVersion",
            "ModelPackageArn",
            "ModelPackageDescription",
            "CreationTime",
            "ModelPackageStatus",
            "ModelApprovalStatus",
            "ModelLifeCycle",
            "ModelPackageRegistrationType",
        ),
        "search": (
            "ModelPackageName",
            "ModelPackageGroupName",
            "ModelPackageVersion",
            "ModelPackageRegistrationType",
            "ModelPackageArn",
            "ModelPackageDescription",
            "CreationTime",
            "InferenceSpecification",
            "SourceAlgorithmSpecification",
            "ValidationSpecification",
            "ModelPackageStatus",
            "ModelPackageStatusDetails",
            "CertifyForMarketplace",
            "ModelApprovalStatus",
            "CreatedBy",
            "MetadataProperties",
            "ModelMetrics",
            "LastModifiedTime",
            "LastModifiedBy",
            "ApprovalDescription",
            "Domain",
            "Task",
            "SamplePayloadUrl",
            "AdditionalInferenceSpecifications",
            "SourceUri",
            "SecurityConfig",
            "ModelCard",
            "ModelLifeCycle",
            "Tags",
            "CustomerMetadataProperties",
            "DriftCheckBaselines",
            "SkipModelValidation",
        ),
        "update": (
            "ModelPackageArn",
            "ModelApprovalStatus",
            "ModelPackageRegistrationType",
            "ApprovalDescription",
            "CustomerMetadataProperties",
            "CustomerMetadataPropertiesToRemove",
            "AdditionalInferenceSpecificationsToAdd",
            "InferenceSpecification",
            "SourceUri",
            "ModelCard",
            "ModelLifeCycle",
            "ClientToken",
        ),
    },
    "ModelPackageGroup": {
        "create": (
            "ModelPackageGroupName",
            "ModelPackageGroupDescription",
            "Tags",
            "ManagedConfiguration",
        ),
        "describe": (
            "ModelPackageGroupName",
            "ModelPackageGroupArn",
            "ModelPackageGroupDescription",
            "CreationTime",
            "CreatedBy",
            "ModelPackageGroupStatus",
            "ManagedConfiguration",
        ),
        "list": (
            "ModelPackageGroupName",
            "ModelPackageGroupArn",
            "ModelPackageGroupDescription",
            "CreationTime",
            "ModelPackageGroupStatus",
            "ManagedConfiguration",
        ),
        "search": (
            "ModelPackageGroupName",
            "ModelPackageGroupArn",
            "ModelPackageGroupDescription",
            "CreationTime",
            "CreatedBy",
            "ModelPackageGroupStatus",
            "Tags",
        ),
        "update": (),
    },
}
"""Members that each kind of call carries, by resource; `search` is the search record."""

SENSITIVE: frozenset[str] = frozenset(
    {
        "ModelCard.ModelCardContent",
    }
)
"""API paths, from an operation's input, whose values AWS asks not to log."""

SOURCE_PATTERNS: dict[str, str] = {
    r"^(?:[\p{L}\p{Z}\p{N}_.:/=+\-@]*)$": r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)",
    r"^(?:arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*/)?[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$": r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?",
    r"^(?:(?:https|s3)://(?:[^/]+)/?(?:[^\n\r\u0085\u2028\u2029]*))$": r"(https|s3)://([^/]+)/?(.*)",
    r"^[^\n\r\u0085\u2028\u2029]*$": r".*",
    r"^[-A-Za-z0-9_]+/[^\n\r\u0085\u2028\u2029]+$": r"[-\w]+\/.+",
    r"^[0-9]\.[A-Za-z0-9.-]+$": r"[0-9]\.[A-Za-z0-9.-]+",
    r"^[A-Za-z0-9.\-_]+$": r"[A-Za-z0-9\.\-_]+",
    r"^[Ss][Hh][Aa]256:[0-9a-fA-F]{64}$": r"[Ss][Hh][Aa]256:[0-9a-fA-F]{64}",
    r"^[^ \t\n\u000b\f\r]+$": r"[\S]+",
    r"^[\p{L}\p{M}\p{Z}\p{N}\p{P}]*$": r"[\p{L}\p{M}\p{Z}\p{N}\p{P}]*",
    r"^[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]*$": r"[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]*",
    r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$": r"[\p{L}\p{Z}\p{N}_.:\/=+\-@]*",
    r"^[a-zA-Z0-9-]+$": r"[a-zA-Z0-9-]+",
    r"^[a-zA-Z0-9:/_-]*$": r"[a-zA-Z0-9:/_-]*",
    r"^[a-zA-Z0-9](?:-*[a-zA-Z0-9])*$": r"[a-zA-Z0-9](-*[a-zA-Z0-9])*",
    r"^[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*$": r"[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*",
    r"^[a-zA-Z_][a-zA-Z0-9_]*$": r"[a-zA-Z_][a-zA-Z0-9_]*",
    r"^[0-9]{1,4}[^\n\r\u0085\u2028\u2029][0-9]{1,4}[^\n\r\u0085\u2028\u2029][0-9]{1,4}$": r"\d{1,4}.\d{1,4}.\d{1,4}",
    r"^arn:aws[a-z\-]*:iam::[0-9]{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$": r"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
    r"^arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package/[^ \t\n\u000b\f\r]+$": r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package/[\S]+",
}
"""A pattern as AWS writes them (Java), by the translated one that validation errors carry."""
