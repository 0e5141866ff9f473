"""Mathematics as models write it, in one form. Pure."""

from dynscaling_nb.answers.numbers import plain_number


def canonical(claim: str) -> str | None:
    """A mathematical claim in one form: a plain number as such, everything else as LaTeX."""
    return plain_number(claim) or claim.strip().removesuffix(".").strip("$").strip() or None
