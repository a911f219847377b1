"""Quantities at the door of the calculators: numbers in their plain units, within what makes sense."""

import math


def quantity(name, value, *, least, most=math.inf, hint=""):
    """The value, if it is a finite number within its bounds.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : float or int
    least, most : float
        Bounds, both included.
    hint : str
        What a value out of bounds probably means, for the message.

    Raises
    ------
    ValueError
        Naming the argument, its value, the bounds, and the hint.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number, but is {value!r}") from None
    if not (math.isfinite(number) and least <= number <= most):
        bounds = f"at least {least:g}" if most == math.inf else f"from {least:g} to {most:g}"
        raise ValueError(f"{name} is {value!r}, but must be {bounds}" + (f"; {hint}" if hint else ""))
    return value
