"""Files and functions stay small. What is long is a question first (`make check` prints it), a failure later."""

from __future__ import annotations

import statistics

from house_sizes import files, functions

FILE, FILE_MEDIAN, FUNCTION = 350, 150, 70


def test_files_are_small():
    assert {name: count for name, count in files().items() if count > FILE} == {}
    assert statistics.median(files().values()) <= FILE_MEDIAN


def test_functions_are_short():
    assert {name: count for name, count in functions().items() if count > FUNCTION} == {}
