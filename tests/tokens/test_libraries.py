"""What two libraries make of the hostile tokens: why a reader of our own stands before one.

Both are asked as a careful user asks: one pinned key and algorithm, issuer and
audience required, all ten claims required. The sets below are what they still
take. A release that takes less makes this test fail: then shorten the set.
"""

from __future__ import annotations

import time
from typing import Any

import jwt
from joserfc import jwt as joserfc_jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from authz.claims import REQUIRED
from tests.tokens import forge as f
from tests.tokens.test_hostile import HOSTILE

PEM = f.public_pem(f.KH_KEY)


def pyjwt_takes(token: str) -> bool:
    try:
        jwt.decode(
            token,
            PEM,
            algorithms=["ES256"],
            audience=f.AUDIENCE,
            issuer=f.KH,
            options={"require": list(REQUIRED)},
        )
    except (jwt.PyJWTError, UnicodeError):
        return False
    return True


def joserfc_takes(token: str) -> bool:
    options: dict[str, Any] = {name: {"essential": True} for name in REQUIRED}
    options["iss"]["value"] = f.KH
    options["aud"]["value"] = f.AUDIENCE
    registry = joserfc_jwt.JWTClaimsRegistry(**options)
    try:
        decoded = joserfc_jwt.decode(token, ECKey.import_key(PEM), algorithms=["ES256"])
        registry.validate(decoded.claims)
    except (JoseError, ValueError, RecursionError):  # the last from 5000 levels of arrays
        return False
    return True


def test_the_token_without_a_defect_is_taken_by_both() -> None:
    token = f.forge(f.claims(int(time.time())))
    assert pyjwt_takes(token)
    assert joserfc_takes(token)


OURS = (
    *("agency_", "unit_", "cases_", "roles_", "purposes_", "sub_", "client_id_", "jti_", "kid_"),
    *("lifetime_", "iat_long_ago", "aud_list_of_65", "payload_nested_9", "exp_of_19", "exp_of_30"),
)
"""Defects by rules of this registry, which no library could know."""

BOTH_TAKE = {
    *("header_alg_twice", "header_kid_twice", "header_b64_true", "header_cty_nested"),
    *("header_jku", "header_jwk", "header_x5c", "header_x5u"),
    *("header_utf16", "header_byte_order_mark", "payload_utf16"),
    *("payload_agency_twice", "payload_exp_twice_later", "payload_roles_twice"),
    *("payload_roles_twice_escaped", "payload_nested_member_twice"),
    *("payload_member_twice_in_array", "payload_nan", "payload_infinity"),
    *("typ_missing", "typ_jwt", "typ_of_a_logout_token", "typ_of_a_dpop_proof"),
    *("typ_with_blank", "typ_fullwidth"),
    *("exp_fraction", "exp_whole_fraction", "exp_1e18", "iat_fraction"),
}
PYJWT_ALONE_TAKES = {
    *("padded_payload", "padded_signature", "one_megabyte"),
    *("exp_text", "iat_text", "nbf_text", "typ_list", "header_enc", "header_zip"),
}
JOSERFC_ALONE_TAKES = {"header_crit_empty"}


def test_what_each_library_takes_and_we_refuse() -> None:
    now = int(time.time())
    tokens = {
        name: build(now) for name, (build, _cause) in HOSTILE.items() if not name.startswith(OURS)
    }
    pyjwt = {name for name, token in tokens.items() if pyjwt_takes(token)}
    joserfc = {name for name, token in tokens.items() if joserfc_takes(token)}
    assert pyjwt & joserfc == BOTH_TAKE
    assert pyjwt - joserfc == PYJWT_ALONE_TAKES
    assert joserfc - pyjwt == JOSERFC_ALONE_TAKES


def test_both_take_the_second_text_of_an_ecdsa_token() -> None:
    """No defect, hence no hostile token: the reason why a token goes by issuer and `jti`."""
    twin = f.other_s(f.forge(f.claims(int(time.time()))))
    assert pyjwt_takes(twin)
    assert joserfc_takes(twin)
