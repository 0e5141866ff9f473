"""An option declared once: a dataclass field that knows its help, its flag and its parser.

From such fields come the signature of a call, the flags of a cell and a shell, and the reference.
"""

from argparse import SUPPRESS, ArgumentTypeError
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from inspect import Parameter, Signature, signature
from typing import Any, TypeVar

from dynscaling_nb.errors import InputError, UnknownName

T = TypeVar("T")
Check = Callable[[str, Any], None]  # of a name and its value; raises InputError


@dataclass(frozen=True)
class Declaration:
    """The facts about an option beside its name, type and default.

    - `help`: one line for people.
    - `parse`: makes the value from text; None for an option of code, which has no flag.
    - `flag`: a short flag beside `--name-with-dashes`, or a long one in its place.
    - `metavar`, `choices`: as in argparse.
    - `bare`: the value of the flag alone, if its text may be left out.
    - `check`: raises `InputError` for an invalid value.
    - `variable`: in a cell, the text may name a variable that holds an object of this kind.
    - `steerable`: it can be changed during a run.
    - `served`: it belongs to a model on a server, chosen by name.
    """

    help: str
    parse: Callable[[str], Any] | None = None
    flag: str | None = None
    metavar: str | None = None
    choices: tuple[str, ...] | None = None
    bare: Any = None
    check: Check | None = None
    variable: Any = None
    steerable: bool = False
    served: bool = False


def option(default: Any = MISSING, **declaration: Any) -> Any:
    """A field of a dataclass with this default and the `Declaration` of these values."""
    return field(default=default, metadata={"declaration": Declaration(**declaration)})


@dataclass(frozen=True)
class Declared:
    """An option of a dataclass: its field and its declaration."""

    field: "Field[Any]"
    about: Declaration

    @property
    def name(self) -> str:
        """The keyword of a call."""
        return self.field.name

    @property
    def default(self) -> Any:
        """Its default; None for a required option."""
        return None if self.required else self.field.default

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.field.default is MISSING

    @property
    def flag(self) -> str:
        """The flag that generated commands use."""
        own = self.about.flag
        if own is not None and (own.startswith("--") or len(self.name) == 1):
            return own
        return f"--{self.name.replace('_', '-')}"

    @property
    def flags(self) -> list[str]:
        """All flags, the short one first."""
        own = self.about.flag
        return [self.flag] if own is None or own == self.flag else [own, self.flag]

    @property
    def has_flag(self) -> bool:
        """Whether a shell or a cell can set it; otherwise only code can."""
        return self.about.parse is not None or self.is_switch

    @property
    def is_switch(self) -> bool:
        """Whether its flag takes no text."""
        return self.field.default is False and self.about.bare is None


def declarations(declared: type) -> dict[str, Declared]:
    """Every option of a dataclass by its name."""
    return {
        f.name: Declared(f, f.metadata["declaration"])
        for f in fields(declared)
        if "declaration" in f.metadata
    }


def make(declared: type[T], values: Mapping[str, Any]) -> T:
    """The dataclass with these values.

    Raises `UnknownName` for a name that the dataclass lacks, and `InputError` for a required
    option without a value.
    """
    options = declarations(declared)
    for name in values:
        if name not in options:
            raise UnknownName("option", name, options)
    missing = [o.name for o in options.values() if o.required and values.get(o.name) is None]
    if missing:
        raise InputError(f"{missing[0]} is missing: {options[missing[0]].about.help}", missing[0])
    return declared(**values)


def check(values: Any) -> None:
    """Check every value of a dataclass by its declaration. Raises `InputError`."""
    for name, declared in declarations(type(values)).items():
        value = getattr(values, name)
        if declared.about.check is not None and value is not None:
            declared.about.check(name, value)


def calls(declared: type, first: Callable[..., Any], returns: Any) -> Signature:
    """The signature with the arguments of `first` and the options of a dataclass as keywords."""
    own = [p for p in signature(first).parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
    names = {parameter.name for parameter in own}
    rest = [
        Parameter(
            o.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if o.required else o.default,
            annotation=o.field.type,
        )
        for o in declarations(declared).values()
        if o.name not in names
    ]
    return Signature([*own, *rest], return_annotation=returns)


def arguments(declared: type, *, cell: bool = False) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """The arguments of argparse's `add_argument` for each option of a dataclass with a flag.

    An option that the user does not type is absent from the outcome. In a `cell` no option is
    required, and options of code have a flag for the name of a variable.
    """
    for o in declarations(declared).values():
        if o.has_flag or (cell and o.about.variable is not None):
            form = _form(o) | ({"required": True} if o.required and not cell else {})
            yield o.flags, {"dest": o.name, "help": _help(o), **form}


def _form(o: Declared) -> dict[str, Any]:
    """How the text of an option is read."""
    if o.is_switch:
        return {"action": "store_true", "default": SUPPRESS}
    form: dict[str, Any] = {"type": o.about.parse or str, "default": SUPPRESS}
    if o.about.metavar is not None:
        form["metavar"] = o.about.metavar
    if o.about.choices is not None:
        form["choices"] = o.about.choices
    if o.about.bare is not None:
        form |= {"nargs": "?", "const": o.about.bare}
    return form


def _help(o: Declared) -> str:
    text = o.about.help.replace("%", "%%")
    shown = o.default not in (None, False) and not o.required
    return f"{text} ({o.default})" if shown else text


def tables(declared: Iterable[tuple[str, type]]) -> str:
    """The options of several dataclasses as a page in Markdown: a title and a table for each."""
    return "\n\n".join(f"## {title}\n\n{_table(kind)}" for title, kind in declared) + "\n"


def _table(declared: type) -> str:
    head = "| option | flag | default | meaning |\n|---|---|---|---|"
    rows = [_row(o) for o in declarations(declared).values()]
    return "\n".join([head, *rows])


def _row(o: Declared) -> str:
    flag = ", ".join(f"`{f}`" for f in o.flags) if o.has_flag else ""
    marks = [
        *(["can be changed during a run"] if o.about.steerable else []),
        *(["for a model chosen by name"] if o.about.served else []),
        *(["in a cell also a variable"] if o.about.variable is not None else []),
    ]
    text = f"{o.about.help}{'; ' if marks else ''}{'; '.join(marks)}".replace("|", "\\|")
    default = "" if o.required else f"`{o.default}`"
    return f"| `{o.name}` | {flag} | {default} | {text} |"


def positive(unit: str, *, whole: bool = False) -> Check:
    """A check for a positive number of these units."""

    def hold(name: str, value: Any) -> None:
        number = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
        if not number or (whole and value != int(value)):
            kind = "whole number" if whole else "number"
            raise InputError(f"{name} must be a positive {kind} of {unit}, got {value!r}", value)

    return hold


def one_of(*choices: str) -> Check:
    """A check for one of these words."""

    def hold(name: str, value: Any) -> None:
        if value not in choices:
            raise InputError(f"{name} must be one of {', '.join(choices)}, got {value!r}", value)

    return hold


def budget_text(text: str) -> int:
    """A budget from text. Raises argparse's error, which a shell and a cell show as one line."""
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError(
            f"budget must be a positive whole number of responses, got {text!r}"
        )
    return int(text)


def depths_text(text: str) -> tuple[int, ...]:
    """Depths from text such as `0,2,4`. Raises argparse's error."""
    if not all(part.isdecimal() for part in text.split(",")):
        raise ArgumentTypeError(
            "depths must be whole numbers of earlier responses with commas between, as 0,2,4, "
            f"got {text!r}"
        )
    return tuple(int(part) for part in text.split(","))


def prices_text(text: str) -> tuple[float, ...]:
    """Prices from text, `0.15,0.60` or `0.15,0.60,0.075`. Raises argparse's error."""
    try:
        prices = tuple(float(part) for part in text.split(","))
    except ValueError:
        prices = ()
    if len(prices) not in (2, 3):
        raise ArgumentTypeError(
            "prices must be two or three numbers with commas between, IN,OUT or IN,OUT,CACHED, "
            f"got {text!r}"
        )
    return prices


def store_text(text: str) -> str | bool:
    """A store from text.

    `none` means no store, `default` the file in the user's cache folder, other text is a path.
    """
    return {"none": False, "default": True}.get(text, text)
