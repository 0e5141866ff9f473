"""Claims that hold no answer: refusals, fillers, placeholders. They cast no vote. Pure."""


def says_nothing(claim: str) -> bool:
    """Whether the claim is a refusal, a filler, a greeting or a placeholder."""
    return False
