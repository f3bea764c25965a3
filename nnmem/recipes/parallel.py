"""Independent runs, one after the other or several at a time.

Several at a time go through joblib, processes on this machine unless told otherwise. Its back-ends are the way out of
one machine; the recipe stays as it is::

    with joblib.parallel_config(backend="dask"):  # or "ray", once registered; see joblib's documentation
        nnmem.recipes.run("memn2n-babi", jobs=64)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nnmem.terminal import console, progress


def in_parallel(
    function: Callable[..., Any], calls: Sequence[tuple[Any, ...]], jobs: int, title: str | None = None
) -> Iterator[tuple[int, Any]]:
    """Call the function with each tuple of arguments; yield (place of the call, result) as they end.

    Raises
    ------
    ModuleNotFoundError
        More than one job is wanted and joblib is not installed.
    """
    with progress(console(stderr=True)) as bar:
        shown = bar.add_task(title or "", total=len(calls), visible=title is not None)
        for finished in _one_by_one(function, calls) if jobs == 1 else _together(function, calls, jobs):
            yield finished
            bar.update(shown, advance=1)


def _one_by_one(function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
    for place, arguments in enumerate(calls):
        yield place, function(*arguments)


def _together(function: Callable[..., Any], calls: Sequence[tuple[Any, ...]], jobs: int) -> Iterator[tuple[int, Any]]:
    try:
        import joblib
    except ModuleNotFoundError:
        raise ModuleNotFoundError("several runs at a time go through joblib: pip install 'nnmem[recipes]'") from None
    work = (joblib.delayed(_numbered)(function, place, arguments) for place, arguments in enumerate(calls))
    yield from joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")(work)


def _numbered(function: Callable[..., Any], place: int, arguments: tuple[Any, ...]) -> tuple[int, Any]:
    return place, function(*arguments)
