"""Statements that a cell asserts and the ledger lists; and the answers to exercises."""

import functools
import math

import numpy as np

from utils.values import plain_number, show

CLAIM = "application/vnd.book.claim+json"


def claim(statement, value, *, at_least=None, at_most=None, equals=None, tolerance=0.0):
    """Assert a statement about a value, and print and store both.

    Parameters
    ----------
    statement : str
        What holds, in words: "scaled scores have unit variance".
    value : float, int, or an array or tensor of one element
        The measured value.
    at_least, at_most : float, optional
        Bounds, both included.
    equals, tolerance : float, optional
        The value expected, and how far from it the measured one may be.

    Returns
    -------
    float or int
        The value.

    Raises
    ------
    AssertionError
        If the value is not finite or not as required; the message holds statement, value and requirement.
    ValueError
        If no requirement is given.
    """
    value = plain_number(value)
    required, holds = [], math.isfinite(value)
    if at_least is not None:
        required.append(f"at least {at_least:.6g}")
        holds &= value >= at_least
    if at_most is not None:
        required.append(f"at most {at_most:.6g}")
        holds &= value <= at_most
    if equals is not None:
        required.append(f"{equals:.6g}" + (f" ± {tolerance:.2g}" if tolerance else ""))
        holds &= abs(value - equals) <= tolerance
    if not required:
        raise ValueError("a claim needs at_least, at_most or equals")
    if not holds:
        raise AssertionError(f"{statement}: {value:.6g}, but required: {' and '.join(required)}")
    record = {"statement": statement, "value": value, "required": " and ".join(required)}
    show(f"✓ {statement}: {value:.6g} (required: {record['required']})", CLAIM, record)
    return value


def compare(statement, ours, reference, *, atol, rtol=0.0):
    """Assert that two arrays or tensors agree, element by element; their largest absolute difference comes back.

    Parameters
    ----------
    statement : str
        What is compared, in words: "our attention equals PyTorch's".
    ours, reference : array or tensor
        Of one shape.
    atol, rtol : float
        ``|ours - reference| <= atol + rtol * |reference|`` is required everywhere.

    Raises
    ------
    AssertionError
        If shapes differ, a value is not finite, or a difference is too large; the message says where.
    """
    ours, reference = (_array(a) for a in (ours, reference))
    if ours.shape != reference.shape:
        raise AssertionError(f"{statement}: shape {ours.shape} against {reference.shape}")
    if ours.dtype == reference.dtype == object:  # whole numbers, of which float64 holds only those below 2^53
        gap = np.abs(ours - reference).astype(float)
        ours, reference = ours.astype(float), reference.astype(float)
    else:
        ours, reference = (a.astype(float) if a.dtype == object else a for a in (ours, reference))
        gap = np.abs(ours - reference)
    excess = gap - (atol + rtol * np.abs(reference))
    if not np.all(excess <= 0):  # also false where a value is not a number
        worst = np.unravel_index(np.argmax(np.where(np.isnan(excess), np.inf, excess)), gap.shape)
        place = tuple(int(i) for i in worst)
        raise AssertionError(f"{statement}: {ours[worst]:.6g} against {reference[worst]:.6g} at {place}")
    largest = float(gap.max(initial=0.0))
    required = f"within {atol:.2g}" + (f" + {rtol:.2g} of the reference" if rtol else "")
    record = {"statement": statement, "value": largest, "required": required}
    show(f"✓ {statement}: largest difference {largest:.2g} (required: {required})", CLAIM, record)
    return largest


def _array(values):
    """The values in NumPy's float64, in complex128 where they are complex, or as Python's whole numbers."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        if values.is_floating_point():
            values = values.double()
        values = (values.cdouble() if values.is_complex() else values).numpy()
    values = np.asarray(values)
    if values.dtype.kind in "iu":
        return values.astype(object)
    return values.astype(np.complex128 if np.iscomplexobj(values) else np.float64)


def attempt(check, answer):
    """Run the check of an exercise on the reader's answer and say how it went.

    A stub raises ``NotImplementedError``: then this prints "not attempted yet" and Run All goes on. A wrong answer
    raises the ``AssertionError`` of the check, which names the mistake; so does one that returns nothing, or a thing
    of which the check can make no sense. What the answer itself raises comes through as it is.
    """
    if not __debug__:
        raise RuntimeError("this Python runs with -O or PYTHONOPTIMIZE, which skips every check: start it without")
    own_error, returned_nothing = None, False

    @functools.wraps(answer)
    def watched(*arguments, **options):
        nonlocal own_error, returned_nothing
        try:
            result = answer(*arguments, **options)
        except Exception as error:
            own_error = error
            raise
        returned_nothing |= result is None  # which some exercises ask for: the check decides
        return result

    try:
        check(answer if isinstance(answer, type) else watched)
    except (TypeError, AttributeError, ValueError, LookupError, RuntimeError, ArithmeticError) as error:
        of_the_answer = error is own_error or isinstance(answer, type)
        if of_the_answer and isinstance(error, NotImplementedError):
            print("not attempted yet")
            return
        if of_the_answer:
            raise
        if returned_nothing:
            raise AssertionError(f"{answer.__name__} returned nothing (None): end it with return") from error
        raise AssertionError(
            f"{answer.__name__} did not return what the exercise asks for: the check stopped at "
            f"{type(error).__name__}: {error}"
        ) from error
    else:
        print(f"{answer.__name__}: correct")
