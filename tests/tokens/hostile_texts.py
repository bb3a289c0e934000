"""Tokens that are broken as texts: segments, base64url, JSON, header, signature.

Each is named by its one defect. A builder takes the time, so that a library
with its own clock can be asked about the same token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from jwt.algorithms import ECAlgorithm

from authz.strictjwt import MAX_TOKEN_LENGTH, Cause
from tests.tokens import forge as f

Build = Callable[[int], str]


def _with_header(**changes: object) -> Build:
    head = {name: value for name, value in f.header(**changes).items() if value is not ...}
    return lambda now: f.forge(f.claims(now), head)


def _hmac_keyed_with(secret: bytes) -> Build:
    def build(now: int) -> str:
        head = f.text(f.as_json(f.header(alg="HS256")))
        signing_input = f"{head}.{f.text(f.as_json(f.claims(now)))}"
        mac = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
        return f"{signing_input}.{f.text(mac)}"

    return build


def _unsigned(alg: str) -> Build:
    return lambda now: f"{_segment(f.header(alg=alg))}.{_segment(f.claims(now))}."


def _segment(value: dict[str, object]) -> str:
    return f.text(f.as_json(value))


def _raw_payload(change: Callable[[str], str]) -> Build:
    return lambda now: f.forge(change(json.dumps(f.claims(now))).encode())


def _added(member: str) -> Build:
    return _raw_payload(lambda payload: payload[:-1] + ", " + member + "}")


def _raw_header(head: bytes) -> Build:
    return lambda now: f.forge(f.claims(now), head)


def _text(change: Callable[[str], str]) -> Build:
    return lambda now: change(f.forge(f.claims(now)))


def _unused_bits(segment: str) -> str:
    """Another spelling of the same octets: one of the bits that base64 leaves over is set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return segment[:-1] + alphabet[alphabet.index(segment[-1]) | 1]


def _not_whole_groups(now: int) -> str:
    """A payload segment that leaves bits over."""
    for blanks in range(3):
        body = f.text(f.as_json(f.claims(now)) + b" " * blanks)
        if len(body) % 4:
            return body
    raise AssertionError


def _padded_body(now: int) -> str:
    body = _not_whole_groups(now)
    return f.resigned(_segment(f.header()), body + "=" * (-len(body) % 4))


def _spare_bits_in_body(now: int) -> str:
    return f.resigned(_segment(f.header()), _unused_bits(_not_whole_groups(now)))


def _standard_alphabet(now: int) -> str:
    """A payload segment in the alphabet of RFC 4648 section 4; `?` in a row comes out as `/`."""
    body = base64.b64encode(f.as_json(f.claims(now, note="?" * 9))).decode().rstrip("=")
    assert "/" in body
    return body


def _signature(change: Callable[[bytes], bytes]) -> Build:
    def build(now: int) -> str:
        token = f.forge(f.claims(now))
        return f.with_segment(token, 2, f.text(change(f.octets(token.split(".")[2]))))

    return build


def _der(signature: bytes) -> bytes:
    return encode_dss_signature(
        int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    )


_POINT = f.KH_KEY.public_key().public_bytes(
    serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
)
_JWK = json.loads(ECAlgorithm.to_jwk(f.STRANGER.public_key()))
_GOOD_HEADER = json.dumps(f.header())


TEXTS: dict[str, tuple[Build, Cause]] = {
    # the algorithm
    "alg_none": (_unsigned("none"), Cause.BASE64),
    "alg_none_in_odd_case": (_unsigned("nOnE"), Cause.BASE64),
    "alg_none_with_a_signature": (_with_header(alg="none"), Cause.ALGORITHM),
    "alg_hs256_keyed_with_public_pem": (
        _hmac_keyed_with(f.public_pem(f.KH_KEY).encode()),
        Cause.ALGORITHM,
    ),
    "alg_hs256_keyed_with_jwk_text": (
        _hmac_keyed_with(ECAlgorithm.to_jwk(f.KH_KEY.public_key()).encode()),
        Cause.ALGORITHM,
    ),
    "alg_hs256_keyed_with_raw_point": (_hmac_keyed_with(_POINT), Cause.ALGORITHM),
    "alg_es384_over_the_p256_key": (_with_header(alg="ES384"), Cause.ALGORITHM),
    "alg_in_lower_case": (_with_header(alg="es256"), Cause.ALGORITHM),
    "alg_missing": (_with_header(alg=...), Cause.ALGORITHM),
    "alg_list": (_with_header(alg=["ES256"]), Cause.ALGORITHM),
    # the key
    "kid_missing": (_with_header(kid=...), Cause.KEY),
    "kid_unknown": (_with_header(kid="2020-01"), Cause.KEY),
    "kid_path": (_with_header(kid="../../../../dev/null"), Cause.KEY),
    "kid_sql": (_with_header(kid="' or 1=1--"), Cause.KEY),
    "kid_object": (_with_header(kid={"kid": f.KH_KID}), Cause.KEY),
    "kid_number": (_with_header(kid=202611), Cause.KEY),
    "kid_null": (_with_header(kid=None), Cause.KEY),
    "header_jwk": (_with_header(jwk=_JWK), Cause.HEADER),
    "header_jku": (_with_header(jku="https://evil.example/jwks"), Cause.HEADER),
    "header_x5u": (_with_header(x5u="https://evil.example/x5"), Cause.HEADER),
    "header_x5c": (_with_header(x5c=["MIIB"]), Cause.HEADER),
    # another reading of the rest
    "header_crit_unknown": (_with_header(crit=["exp"]), Cause.HEADER),
    "header_crit_not_understood": (_with_header(crit=["spn"], spn="x"), Cause.HEADER),
    "header_crit_empty": (_with_header(crit=[]), Cause.HEADER),
    "header_b64_false": (_with_header(b64=False), Cause.HEADER),
    "header_b64_false_detached": (
        lambda now: f.with_segment(
            f.forge(f.claims(now), f.header(b64=False, crit=["b64"])), 1, ""
        ),
        Cause.BASE64,
    ),
    "header_b64_true": (_with_header(b64=True), Cause.HEADER),
    "header_zip": (_with_header(zip="DEF"), Cause.HEADER),
    "header_cty_nested": (_with_header(cty="JWT"), Cause.HEADER),
    "header_enc": (_with_header(enc="A256GCM"), Cause.HEADER),
    # the type
    "typ_missing": (_with_header(typ=...), Cause.TYPE),
    "typ_jwt": (_with_header(typ="JWT"), Cause.TYPE),
    "typ_of_a_logout_token": (_with_header(typ="logout+jwt"), Cause.TYPE),
    "typ_of_a_dpop_proof": (_with_header(typ="dpop+jwt"), Cause.TYPE),
    "typ_list": (_with_header(typ=["at+jwt"]), Cause.TYPE),
    "typ_with_blank": (_with_header(typ="at+jwt "), Cause.TYPE),
    "typ_fullwidth": (_with_header(typ="ａt+jwt"), Cause.TYPE),
    # segments
    "empty": (lambda _now: "", Cause.SIZE),
    "one_segment": (_text(lambda t: t.split(".")[1]), Cause.SEGMENTS),
    "two_segments": (_text(lambda t: t.rpartition(".")[0]), Cause.SEGMENTS),
    "four_segments": (_text(lambda t: t + ".AAAA"), Cause.SEGMENTS),
    "five_segments": (_text(lambda t: t + ".AAAA.AAAA"), Cause.SEGMENTS),
    "trailing_dot": (_text(lambda t: t + "."), Cause.SEGMENTS),
    "empty_header": (_text(lambda t: f.with_segment(t, 0, "")), Cause.BASE64),
    "empty_payload": (_text(lambda t: f.with_segment(t, 1, "")), Cause.BASE64),
    "empty_signature": (_text(lambda t: f.with_segment(t, 2, "")), Cause.BASE64),
    "one_megabyte": (
        lambda now: f.forge(f.claims(now, note="x" * 750_000)),
        Cause.SIZE,
    ),
    "one_character_over_the_cap": (
        _text(lambda t: t + "A" * (MAX_TOKEN_LENGTH + 1 - len(t))),
        Cause.SIZE,
    ),
    # base64url
    "padded_payload": (_padded_body, Cause.BASE64),
    "padded_signature": (_text(lambda t: t + "=="), Cause.BASE64),
    "spare_bits_in_payload": (_spare_bits_in_body, Cause.BASE64),
    "spare_bits_in_signature": (
        _text(lambda t: f.with_segment(t, 2, _unused_bits(t.split(".")[2]))),
        Cause.BASE64,
    ),
    "standard_alphabet": (
        lambda now: f.resigned(_segment(f.header()), _standard_alphabet(now)),
        Cause.BASE64,
    ),
    "blank_inside": (_text(lambda t: t[:40] + " " + t[40:]), Cause.BASE64),
    "blank_before": (_text(lambda t: " " + t), Cause.BASE64),
    "line_feed_after": (_text(lambda t: t + "\n"), Cause.BASE64),
    "nul_after": (_text(lambda t: t + "\x00"), Cause.BASE64),
    "fullwidth_letter": (_text(lambda t: t[:-1] + "Ａ"), Cause.BASE64),
    "lone_surrogate": (_text(lambda t: t[:-1] + "\ud800"), Cause.BASE64),
    "lone_base64_character": (_text(lambda t: f.with_segment(t, 2, "A")), Cause.BASE64),
    # JSON
    "header_not_json": (_raw_header(b"alg=ES256"), Cause.JSON),
    "header_array": (_raw_header(b'[["alg","ES256"]]'), Cause.JSON),
    "header_utf16": (_raw_header(_GOOD_HEADER.encode("utf-16")), Cause.JSON),
    "header_byte_order_mark": (_raw_header(_GOOD_HEADER.encode("utf-8-sig")), Cause.JSON),
    "header_alg_twice": (
        _raw_header(b'{"alg":"none","alg":"ES256","kid":"2026-11","typ":"at+jwt"}'),
        Cause.DUPLICATE,
    ),
    "header_kid_twice": (
        _raw_header(b'{"alg":"ES256","kid":"x","kid":"2026-11","typ":"at+jwt"}'),
        Cause.DUPLICATE,
    ),
    "payload_agency_twice": (
        _raw_payload(lambda p: p.replace("{", '{"agency": "TH-DATIP", ', 1)),
        Cause.DUPLICATE,
    ),
    "payload_roles_twice": (_added('"roles": ["AUDITOR"]'), Cause.DUPLICATE),
    "payload_roles_twice_escaped": (_added(r'"role\u0073": ["AUDITOR"]'), Cause.DUPLICATE),
    "payload_exp_twice": (_added('"exp": 1'), Cause.DUPLICATE),
    "payload_exp_twice_later": (_added('"exp": 9999999999'), Cause.DUPLICATE),
    "payload_nested_member_twice": (_added('"act": {"sub": "a", "sub": "b"}'), Cause.DUPLICATE),
    "payload_member_twice_in_array": (_added('"x": [{"a": 1, "a": 1}]'), Cause.DUPLICATE),
    "payload_array": (_raw_payload(lambda p: f"[{p}]"), Cause.JSON),
    "payload_text": (lambda _now: f.forge(b'"KH-MOSVY"'), Cause.JSON),
    "payload_two_objects": (_raw_payload(lambda p: p + p), Cause.JSON),
    "payload_utf16": (
        lambda now: f.forge(json.dumps(f.claims(now)).encode("utf-16")),
        Cause.JSON,
    ),
    "payload_not_utf8": (
        lambda now: f.forge(f.as_json(f.claims(now, note="?")).replace(b"?", b"\xff")),
        Cause.JSON,
    ),
    "payload_nan": (_added('"x": NaN'), Cause.JSON),
    "payload_infinity": (_added('"x": -Infinity'), Cause.JSON),
    "payload_raw_control_character": (_added('"x": "a\tb"'), Cause.JSON),
    "payload_number_of_5000_digits": (_added('"x": ' + "9" * 5000), Cause.JSON),
    "payload_nested_5000_deep": (_added('"x": ' + "[" * 5000 + "]" * 5000), Cause.DEPTH),
    "payload_nested_9_deep": (_added('"x": ' + "[" * 8 + "]" * 8), Cause.DEPTH),
    # the signature
    "signed_by_a_stranger": (
        lambda now: f.forge(f.claims(now), key=f.STRANGER),
        Cause.SIGNATURE,
    ),
    "signed_by_the_other_issuer_with_the_same_kid": (
        lambda now: f.forge(f.claims(now), key=f.TH_KEY),
        Cause.SIGNATURE,
    ),
    "signature_of_zeros": (_signature(lambda s: bytes(64)), Cause.SIGNATURE),
    "signature_of_the_group_order": (
        _signature(lambda s: f.P256_ORDER.to_bytes(32, "big") * 2),
        Cause.SIGNATURE,
    ),
    "signature_in_der": (_signature(_der), Cause.SIGNATURE),
    "signature_cut": (_signature(lambda s: s[:-1]), Cause.SIGNATURE),
    "signature_longer": (_signature(lambda s: s + b"\x00"), Cause.SIGNATURE),
    "payload_exchanged": (
        lambda now: f.with_segment(
            f.forge(f.claims(now)), 1, _segment(f.claims(now, agency="KH-POSVY"))
        ),
        Cause.SIGNATURE,
    ),
}
