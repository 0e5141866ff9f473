"""Secrets: what is a key, what is shown of it, and how a message loses it."""

import pickle
from dataclasses import asdict, dataclass, field

import pytest

from dynscaling_nb.models.openai.secrets import (
    Mask,
    Secret,
    SecretMapping,
    fault_of,
    hides,
    key_in,
)

KEY = "sk-very-secret-0123456789"


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f"{KEY}\n",
        f" '{KEY}' ",
        f"\ufeff\u201c{KEY}\u201d\r\n",
        f"Bearer {KEY}",
        f'"bearer  {KEY}"',
    ],
)
def test_a_key_is_taken_out_of_what_was_copied_with_it(text):
    assert key_in(text).reveal() == KEY
    assert key_in(Secret(text)) == Secret(KEY)


@pytest.mark.parametrize("text", [None, "", " ", "\t\n", "''"])
def test_a_blank_key_is_none(text):
    assert key_in(text) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("sk-plain, with: signs", None),
        ("sk\n2", "its character 3 is a line break (U+000A): copy it once more"),
        ("\u00e9", "its character 1 is no printable ASCII (U+00E9): copy it once more"),
        ("sk\x7f", "its character 3 is no printable ASCII (U+007F): copy it once more"),
    ],
)
def test_what_a_header_cannot_hold_has_a_fault(text, fault):
    assert fault_of(Secret(text)) == fault


def test_no_form_of_a_secret_shows_it():
    secret, mapping = Secret(KEY), SecretMapping({"api-key": KEY})
    for text in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r}",
        repr([secret]),
        repr(mapping),
    ):
        assert KEY not in text
    assert repr(mapping) == "{'api-key': '***'}"
    assert (secret.reveal(), dict(mapping), len(mapping)) == (KEY, {"api-key": KEY}, 1)


def test_a_secret_goes_to_the_workers_of_a_cluster():
    assert pickle.loads(pickle.dumps(Secret(KEY))) == Secret(KEY)
    assert pickle.loads(pickle.dumps(SecretMapping({"a": KEY})))["a"] == KEY


@pytest.mark.parametrize(
    ("secret", "text", "masked"),
    [
        (KEY, f"no Bearer {KEY}, no{KEY}", "no Bearer ***, no***"),
        ("sk-very+secret/1", "?key=sk-very%2Bsecret%2F1", "?key=***"),
        ("Basic c2VjcmV0c2Vj", "you sent c2VjcmV0c2Vj", "you sent ***"),
        ("Basic c2VjcmV0c2Vj", "Basic research", "Basic research"),
        ("key1", "key1 and key12 and key1.", "*** and key12 and ***."),
        ("a", "a cat; Bearer a", "a cat; Bearer ***"),
        (" ", "cannot reach it", "cannot reach it"),
        ("", "cannot reach it", "cannot reach it"),
        ("sk.very.secret", "sk-very-secret", "sk-very-secret"),  # the text is no pattern
    ],
)
def test_a_mask_hides_the_secret_and_nothing_else(secret, text, masked):
    assert Mask([Secret(secret)])(text) == masked


def test_a_mask_of_no_secrets_changes_nothing():
    assert Mask([])("as it is") == "as it is"


def test_the_longer_of_two_secrets_goes_first():
    assert Mask([Secret("12345678"), Secret("1234567890")])("1234567890") == "***"


def test_a_constructor_wraps_its_secrets_before_it_can_fail():
    @hides("key", "parts")
    @dataclass
    class Holder:
        name: str
        key: str | Secret | None = None
        parts: dict = field(default_factory=dict)

        def __post_init__(self):
            if self.name == "":
                raise ValueError(self.name)

    for holder in (Holder("a", KEY, {"b": KEY}), Holder(name="a", key=KEY, parts={"b": KEY})):
        assert KEY not in repr(asdict(holder))
        assert holder.key == KEY
    assert Holder("a").key is None
    with pytest.raises(TypeError, match="unexpected keyword argument 'kye'"):
        Holder("a", kye=KEY)
