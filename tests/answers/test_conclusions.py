"""What a text ends with, where it states nothing."""

import pytest

from dynscaling_nb.answers.claim import Claim, claims


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("42<|eot_id|>", "42"),
        ("B is correct.", "B"),
        ("Solution:\nWe add 3 and 4 and get 7.\n\nSo Ann has 7 apples.", "7 apples"),
        ("The total is 42.", "42"),
        ("It is 42.", "42"),
        ("It's Paris.", "Paris"),
        ("So, 42.", "42"),
        ("Thus x = 5", "5"),
        ("Hence we get 42 apples.", "42 apples"),
        ("Therefore, there are 42 apples.", "42 apples"),
        ("In conclusion, the capital is Paris.", "Paris"),
        ("In total, she has 42 marbles.", "42 marbles"),
        ("She has 7*6 = 42 marbles, so 42 marbles are left.", "42 marbles"),
        ("42 (6 rows of 7)", "42"),
        ("42. I hope this helps", "42"),
        ("simply 42", "simply 42"),
        ("yes, since 7 is prime", "yes"),
        ("Yes. 7 is prime.", "Yes"),
        ("No, because 9 = 3*3.", "No"),
        ("B because C is too small", "B"),
        ("*B*", "B"),
        ("B", "B"),
        ("B.", "B"),
        ("(B)", "(B)"),
        ("B) Paris", "B) Paris"),
        ("B\n\nExplanation: C is too small.", "B"),
        ("**B**\n\nC is too small.", "B"),
        ("Some text.\n\n**Paris**", "Paris"),
        ("Step 1: 3+4 = 7\nStep 2: 7*6 = 42\n\n42", "42"),
        ("Step 1: 3+4 = 7\nStep 2: 7*6 = 42\n\n$$42$$", "42"),
        ("Thus the probability is $\\frac{1}{2}$.", "\\frac{1}{2}"),
        ("We conclude that $x = 3$.", "x = 3"),
        ("Final: 42", "42"),
        ("The capital of France is Paris.", "Paris"),
        ("Paris is the capital of France.", "Paris is the capital of France"),
    ],
)
def test_a_conclusion_is_a_weak_claim(text, claim):
    assert claims(text)[0] == Claim(claim, weak=True)
