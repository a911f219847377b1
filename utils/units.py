"""Quantities at the door of the calculators: numbers in their plain units, within what makes sense."""

from numbers import Integral, Real

LARGEST = 1e60  # beyond it a number is a slip, and products of such numbers would be infinite


def quantity(name, value, *, least, most=LARGEST, hint="", whole=False):
    """The value as a Python number, if it is a finite number within its bounds.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : float or int
        Also NumPy's numbers, and arrays or tensors of one element; a whole number comes back as ``int``, whose size
        has no limit.
    least, most : float
        Bounds, both included.
    hint : str
        What a value out of bounds probably means, for the message.
    whole : bool
        Whether only whole numbers make sense, as of layers or devices.

    Raises
    ------
    ValueError
        Naming the argument, its value, the bounds, and the hint.
    """
    try:
        number = value.item() if hasattr(value, "item") else value
    except (ValueError, RuntimeError):  # an array of several numbers
        number = None
    if not isinstance(number, Real) or isinstance(number, bool):
        raise ValueError(f"{name} must be a number, but is {value!r}")
    number = int(number) if isinstance(number, Integral) or (whole and float(number).is_integer()) else float(number)
    if not least <= number <= most:  # also where it is not a number
        bounds = f"at least {least:g}" if most == LARGEST and not number > most else f"from {least:g} to {most:g}"
        raise ValueError(f"{name} is {value!r}, but must be {bounds}" + (f"; {hint}" if hint else ""))
    if whole and not isinstance(number, int):
        raise ValueError(f"{name} is {value!r}, but must be a whole number" + (f"; {hint}" if hint else ""))
    return number


def flags(**values):
    """Options that are either true or false, by name: ``"false"`` would count as true.

    Raises
    ------
    ValueError
        Naming the option and its value.
    """
    for name, value in values.items():
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be True or False, but is {value!r}")


def whole_numbers(**values):
    """Several quantities that are whole and at least 1, by name: a list of ``int`` in the order given."""
    return [quantity(name, value, least=1, whole=True) for name, value in values.items()]
