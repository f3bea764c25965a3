"""The first line of every formula: are these the arrays it was promised?

A layout such as ``"X (..., N, d), q (..., d)"`` is the same text that the docstring shows. A layout that has fitted
once is remembered together with the shapes it fitted, so the next call with the same shapes costs about a
microsecond.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

FLOATS = (np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.complex128))
Shape = tuple[int, ...]


def arrays(function: str, layout: str, *values: Any) -> list[np.ndarray]:
    """Return the values as float arrays of one dtype whose shapes fit the layout.

    Parameters
    ----------
    function : str
        Who asks; every message starts with it.
    layout : str
        Names and shapes, such as ``"X (..., N, d), W (h, d)"``. A letter stands for one size everywhere, a
        number for itself, ``3h`` for three times h; ``...`` stands for batch axes, equal everywhere; they lead, or
        follow the time axis: ``"X (T, ..., d)"``.
    *values : array_like
        One for each name. float32 and float64 stay as they are, integers become float64. complex128 is let through
        for the complex-step check of gradients.

    Returns
    -------
    list of numpy.ndarray
        The same arrays, not copied unless they had to be converted.
    TypeError
        A value is missing, is not a real floating or integer array, or is float32 beside float64.
    """
    checked = [
        value if type(value) is np.ndarray and value.dtype in FLOATS else _floats(function, layout, i, value)
        for i, value in enumerate(values)
    ]
    if _fit(function, layout, *((value.shape, value.dtype) for value in checked)):
        checked = [value.astype(np.complex128, copy=False) for value in checked]
    return checked


def upstream(function: str, name: str, dout: Any, shape: Shape, dtype: np.dtype) -> np.ndarray:
    """Return the gradient of an output, of exactly that output's shape, in that output's dtype.

    Raises
    ------
    ValueError
        It has another shape.
    TypeError
        It is not numeric.
    """
    dout = rectangular(function, name, dout)
    if dout.shape != shape:
        raise ValueError(f"{function}: {name} has shape {dout.shape}, should be {shape}, the shape of the output")
    if dout.dtype.kind not in "fiu" and dout.dtype != dtype:
        raise TypeError(f"{function}: {name} has dtype {dout.dtype}, should be {dtype}, the dtype of the output")
    return dout.astype(dtype, copy=False)


def attendable(function: str, mask: Any, shape: Shape) -> np.ndarray | None:
    """Return the mask (True = may be attended to) if it is None or a boolean array of this shape.

    Raises
    ------
    ValueError
        It has another shape.
    TypeError
        It is not boolean.
    """
    if mask is None:
        return None
    mask = rectangular(function, "mask", mask)
    if mask.dtype != np.bool_:
        raise TypeError(f"{function}: mask has dtype {mask.dtype}, should be bool (True = may be attended to)")
    if mask.shape != shape:
        raise ValueError(f"{function}: mask has shape {mask.shape}, should be {shape}")
    return mask


def rectangular(function: str, name: str, value: Any) -> np.ndarray:
    """Return an array; raise for lists of unequal lengths, and for a masked array, whose mask would be lost."""
    parts = value if isinstance(value, list | tuple) else (value,)
    if any(isinstance(part, np.ma.MaskedArray) for part in parts):
        raise TypeError(f"{function}: {name} is a masked array, should be a plain one: fill it, or give a mask")
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{function}: {name} is not a rectangular array: {error}") from None


def _floats(function: str, layout: str, position: int, value: Any) -> np.ndarray:
    """Turn what is not a float array into one, or say which argument cannot be."""
    parts = _parse(layout)
    name = parts[position][0] if position < len(parts) else f"argument {position + 1}"
    if value is None:
        raise TypeError(f"{function}: {name} is None, should be an array {parts[position][1]}")
    array = rectangular(function, name, value)
    if array.dtype.kind in "iu" or array.dtype.newbyteorder("=") in FLOATS:
        return array.astype(array.dtype.newbyteorder("=") if array.dtype.kind in "fc" else np.float64, copy=False)
    raise TypeError(f"{function}: {name} has dtype {array.dtype}, should be float32 or float64")


@lru_cache(maxsize=4096)
def _fit(function: str, layout: str, *arguments: tuple[Shape, np.dtype]) -> bool:
    """Raise unless shapes and dtypes fit; True if complex and real arrays are mixed."""
    parts = _parse(layout)
    if len(parts) != len(arguments):
        names = ", ".join(name for name, _, _ in parts)
        raise TypeError(f"{function}: takes the arrays {names} ({len(parts)}), got {len(arguments)}")
    sizes: dict[str, int] = {}
    batch: Shape | None = None
    for (name, text, axes), (shape, _) in zip(parts, arguments, strict=True):
        start = axes.index("...") if "..." in axes else len(axes)
        inner = axes[:start] + axes[start + 1 :]
        stop = start + len(shape) - len(inner)
        fits = stop >= start and (batch in (None, shape[start:stop]) if "..." in axes else stop == start)
        sized = shape[:start] + shape[stop:]
        if not (fits and _agree(inner, sized, sizes)):
            lead = ("...",) if batch is None else batch
            known: list[str] = []
            for axis in axes:
                size = axis_size(axis, sizes)
                known += map(str, lead) if axis == "..." else [axis if size is None else str(size)]
            should = "(" + ", ".join(known) + ("," if len(known) == 1 else "") + ")"
            should = text if should == text else f"{text} = {should}"
            raise ValueError(f"{function}: {name} has shape {shape}, should be {should}")
        if "..." in axes:
            batch = shape[start:stop]
    dtypes = {dtype for _, dtype in arguments}
    if len(dtypes) > 1 and FLOATS[0] in dtypes:
        given = ", ".join(f"{part[0]} {dtype}" for part, (_, dtype) in zip(parts, arguments, strict=True))
        raise TypeError(
            f"{function}: arrays of different dtype ({given}; integers count as float64), give all the same"
        )
    return len(dtypes) > 1


def axis_size(axis: str, sizes: Mapping[str, int]) -> int | None:
    """The size of an axis, if it is known: of ``7`` always, of ``3h`` where h is."""
    times, letter = re.findall(r"(\d*)(.*)", axis)[0]
    if letter not in sizes and letter:
        return None
    return int(times or 1) * (sizes[letter] if letter else 1)


def _agree(axes: tuple[str, ...], shape: Shape, sizes: dict[str, int]) -> bool:
    """True if the axes have the sizes that are known; those of letters met for the first time are noted."""
    for axis, n in zip(axes, shape, strict=True):
        letter = axis.lstrip("0123456789")
        times = int(axis.removesuffix(letter) or 1)
        if letter and n % times == 0:
            sizes.setdefault(letter, n // times)
        if axis_size(axis, sizes) != n:
            return False
    return True


@lru_cache(maxsize=1024)
def _parse(layout: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Split ``"X (..., N, d), v (h,)"`` into names, shape texts and axes."""
    found = re.findall(r"(\w+) (\([^)]*\))", layout)
    return tuple((name, text, tuple(re.findall(r"\.\.\.|\w+", text))) for name, text in found)
