"""Everything a user may set, read from the user's own file and environment: never from a workspace."""

from foredraft.config.options import Config, IndexConfig, InlineConfig, PredictorConfig, PrivacyConfig
from foredraft.config.problems import Problem
from foredraft.config.reading import FILE_VARIABLE, load, restrict, user_file

__all__ = [
    "FILE_VARIABLE",
    "Config",
    "IndexConfig",
    "InlineConfig",
    "PredictorConfig",
    "PrivacyConfig",
    "Problem",
    "load",
    "restrict",
    "user_file",
]
