"""Properties: nothing near a valid token is valid, and nothing makes verifying fail otherwise."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from authz.tokens import TokenRefused
from tests.tokens import forge as f

VERIFIER = f.verifier(cache_size=1)
TOKENS = {
    kid: f.forge(f.claims(), f.header(alg=alg, kid=kid), key=key, alg=alg)
    for kid, (alg, key) in f.KEYS.items()
}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def refused(token: str) -> bool:
    try:
        VERIFIER.verify(token)
    except TokenRefused:
        return True
    return False


@given(kid=st.sampled_from(sorted(TOKENS)), place=st.integers(0), put=st.integers(0, 255))
def test_any_single_byte_changed_is_refused(kid: str, place: int, put: int) -> None:
    token = TOKENS[kid]
    place %= len(token)
    changed = token[:place] + chr(put) + token[place + 1 :]
    assume(changed != token)
    assert refused(changed)


@pytest.mark.parametrize("kid", TOKENS)
def test_the_last_character_of_each_segment_has_one_spelling(kid: str) -> None:
    token = TOKENS[kid]
    ends = [place - 1 for place, c in enumerate(token) if c == "."] + [len(token) - 1]
    for end in ends:
        for put in string.ascii_letters + string.digits + "-_+/=":
            if put != token[end]:
                assert refused(token[:end] + put + token[end + 1 :])


@given(kid=st.sampled_from(sorted(TOKENS)), place=st.integers(0), put=st.characters())
def test_any_character_put_in_is_refused(kid: str, place: int, put: str) -> None:
    token = TOKENS[kid]
    place %= len(token) + 1
    assert refused(token[:place] + put + token[place:])


@given(kid=st.sampled_from(sorted(TOKENS)), start=st.integers(0), length=st.integers(1))
def test_any_part_cut_out_is_refused(kid: str, start: int, length: int) -> None:
    token = TOKENS[kid]
    start %= len(token)
    assert refused(token[:start] + token[start + length :])


@given(st.text())
@example("..")
def test_no_text_makes_another_error(text: str) -> None:
    assert refused(text)


@given(st.dictionaries(st.sampled_from(sorted(f.claims())), JSON_VALUES, min_size=1))
def test_no_signed_claim_makes_another_error(changes: dict[str, Any]) -> None:
    """Only what stays within the forms of design.md section 7 gives a caller."""
    claims = f.claims(**changes)
    try:
        caller = VERIFIER.verify(f.forge(json.dumps(claims).encode()))
    except TokenRefused:
        return
    assert (caller.issuer, caller.agency) == (f.KH, claims["agency"])
    assert caller.subject == claims["sub"]
    assert caller.client == claims["client_id"]
    assert list(caller.roles) == sorted(set(changes.get("roles", ["FOCAL_POINT"])))
    assert caller.expires_at == claims["exp"]


@given(
    st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "zip", "note"]), JSON_VALUES
    )
)
def test_no_signed_header_makes_another_error(changes: dict[str, object]) -> None:
    assume(changes.keys() - {"note"})
    assert refused(f.forge(f.claims(), f.header(**changes)))
