"""Everything a user may set, read from the user's own file and environment: never from a workspace."""

from foredraft.config.options import Config, IndexConfig, InlineConfig, PredictorConfig, PrivacyConfig
from foredraft.config.problems import Problem
from foredraft.config.reading import default_file, load, restrict

__all__ = [
    "Config",
    "IndexConfig",
    "InlineConfig",
    "PredictorConfig",
    "PrivacyConfig",
    "Problem",
    "default_file",
    "load",
    "restrict",
]
