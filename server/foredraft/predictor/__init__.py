"""The embedded predictor: learned from the open workspace, no key, no download: pure."""
