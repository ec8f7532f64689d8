"""Everything a user may set, read from the user's own file and environment: never from a workspace."""

from foredraft.config.memory import MemoryConfig
from foredraft.config.options import (
    Config,
    IndexConfig,
    InlineConfig,
    PathRule,
    PredictorConfig,
    PrivacyConfig,
    SecretsConfig,
)
from foredraft.config.problems import Problem
from foredraft.config.providers import (
    BudgetConfig,
    LimitsConfig,
    ModelConfig,
    PriceConfig,
    ProviderConfig,
    StageConfig,
    provider_and_id,
)
from foredraft.config.reading import FILE_VARIABLE, load, user_file
from foredraft.config.restricting import restrict

__all__ = [
    "FILE_VARIABLE",
    "BudgetConfig",
    "Config",
    "IndexConfig",
    "InlineConfig",
    "LimitsConfig",
    "MemoryConfig",
    "ModelConfig",
    "PathRule",
    "PredictorConfig",
    "PriceConfig",
    "PrivacyConfig",
    "Problem",
    "ProviderConfig",
    "SecretsConfig",
    "StageConfig",
    "load",
    "provider_and_id",
    "restrict",
    "user_file",
]
