"""Tokens well formed and rightly signed whose claims must not be believed.

Each is named by its one defect.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from authz.strictjwt import Cause
from tests.tokens import forge as f

Build = Callable[[int], str]


def _with(**changes: object) -> Build:
    return lambda now: f.forge(f.claims(now, **changes))


def _at(change: Callable[[int], dict[str, Any]]) -> Build:
    return lambda now: f.forge(f.claims(now, **change(now)))


def _exp_written(number: str) -> Build:
    """`exp` spelt as no Python number prints."""
    return lambda now: f.forge(
        json.dumps(f.claims(now, exp="<exp>")).replace('"<exp>"', number).encode()
    )


_MISSING: dict[str, tuple[Build, Cause]] = {
    f"{claim}_missing": (_with(**{claim: ...}), Cause.CLAIM_MISSING)
    for claim in ("sub", "aud", "exp", "iat", "jti", "client_id", "agency", "roles", "purposes")
}

_TEXTS: dict[str, tuple[Build, Cause]] = {
    f"{claim}_{name}": (_with(**{claim: value}), Cause.CLAIM_FORM)
    for claim in ("sub", "client_id", "jti")
    for name, value in {
        "empty": "",
        "null": None,
        "number": 4411,
        "list": ["u-4411"],
        "line_feed": "u-4411\nforged line",
        "nul": "u-4411\x00",
        "escape": "u-4411\x1b[2J",
        "delete": "u-4411\x7f",
        "c1_control": "u-4411\x85",
        "line_separator": "u-4411\u2028",
        "bidi_override": "u-\u202e1144",
        "reserved_mark": "u-4411\ue000",
        "lone_surrogate": "u-4411\ud800",
        "of_257_characters": "u" * 257,
    }.items()
}

_LISTS: dict[str, tuple[Build, Cause]] = {
    f"{claim}_{name}": (_with(**{claim: value}), Cause.CLAIM_FORM)
    for claim in ("roles", "purposes")
    for name, value in {
        "text": "FOCAL_POINT TRACING",
        "null": None,
        "object": {"FOCAL_POINT": True},
        "true": True,
        "nested": [["FOCAL_POINT"]],
        "with_null": ["FOCAL_POINT", None],
        "with_number": ["FOCAL_POINT", 1],
        "with_empty": [""],
        "of_65": [f"R{i}" for i in range(65)],
        "with_129_characters": ["R" * 129],
        "with_line_feed": ["FOCAL_POINT\nAUDITOR"],
    }.items()
}

_CASES: dict[str, tuple[Build, Cause]] = {
    f"cases_{name}": (_with(cases=value), Cause.CLAIM_FORM)
    for name, value in {
        "null": None,
        "text": f.CASE,
        "star": ["*"],
        "with_null": [None],
        "nested": [[f.CASE]],
        "in_braces": ["{" + f.CASE + "}"],
        "without_hyphens": [f.CASE.replace("-", "")],
        "urn": ["urn:uuid:" + f.CASE],
        "arabic_digits": [f.CASE.replace("6", "٦")],
        "with_line_feed": [f.CASE + "\n"],
        "of_129": [f.CASE[:-3] + f"{i:03x}" for i in range(129)],
    }.items()
}

CLAIMS: dict[str, tuple[Build, Cause]] = {
    **_MISSING,
    **_TEXTS,
    **_LISTS,
    **_CASES,
    # the issuer
    "iss_missing": (_with(iss=...), Cause.ISSUER),
    "iss_unknown": (_with(iss="https://evil.example"), Cause.ISSUER),
    "iss_prefix": (_with(iss=f.KH[:-1]), Cause.ISSUER),
    "iss_longer": (_with(iss=f.KH + ".evil.example"), Cause.ISSUER),
    "iss_with_slash": (_with(iss=f.KH + "/"), Cause.ISSUER),
    "iss_in_upper_case": (_with(iss=f.KH.upper()), Cause.ISSUER),
    "iss_list": (_with(iss=[f.KH]), Cause.ISSUER),
    "iss_object": (_with(iss={f.KH: 1}), Cause.ISSUER),
    "iss_null": (_with(iss=None), Cause.ISSUER),
    "iss_of_another": (_with(iss=f.TH, agency="TH-DATIP"), Cause.SIGNATURE),
    # the audience
    "aud_other": (_with(aud="https://other.example"), Cause.AUDIENCE),
    "aud_substring": (_with(aud=f.AUDIENCE[:-1]), Cause.AUDIENCE),
    "aud_longer": (_with(aud=f.AUDIENCE + ".evil.example"), Cause.AUDIENCE),
    "aud_in_upper_case": (_with(aud=f.AUDIENCE.upper()), Cause.AUDIENCE),
    "aud_list_without_ours": (_with(aud=["a", "b"]), Cause.AUDIENCE),
    "aud_empty_list": (_with(aud=[]), Cause.AUDIENCE),
    "aud_number": (_with(aud=1), Cause.CLAIM_FORM),
    "aud_null": (_with(aud=None), Cause.CLAIM_FORM),
    "aud_object": (_with(aud={f.AUDIENCE: 1}), Cause.CLAIM_FORM),
    "aud_list_with_number": (_with(aud=[f.AUDIENCE, 1]), Cause.CLAIM_FORM),
    "aud_list_of_65": (_with(aud=[f.AUDIENCE] * 65), Cause.CLAIM_FORM),
    # the times
    "exp_text": (_with(exp="9999999999"), Cause.CLAIM_FORM),
    "exp_true": (_with(exp=True), Cause.CLAIM_FORM),
    "exp_null": (_with(exp=None), Cause.CLAIM_FORM),
    "exp_fraction": (_at(lambda now: {"exp": now + 60.5}), Cause.CLAIM_FORM),
    "exp_whole_fraction": (_at(lambda now: {"exp": now + 60.0}), Cause.CLAIM_FORM),
    "exp_1e18": (_exp_written("1e18"), Cause.CLAIM_FORM),
    "exp_1e400": (_exp_written("1e400"), Cause.CLAIM_FORM),
    "exp_of_19_digits": (_with(exp=10**18), Cause.LIFETIME),
    "exp_of_30_digits": (_with(exp=10**30), Cause.JSON),
    "exp_negative": (_with(exp=-1), Cause.LIFETIME),
    "exp_before_iat": (_at(lambda now: {"exp": now - 1}), Cause.LIFETIME),
    "lifetime_one_second_over_the_cap": (_at(lambda now: {"exp": now + 3601}), Cause.LIFETIME),
    "lifetime_of_a_year": (_at(lambda now: {"exp": now + 31_536_000}), Cause.LIFETIME),
    "iat_long_ago_to_stretch_the_lifetime": (
        _at(lambda now: {"iat": 0, "exp": now + 60}),
        Cause.LIFETIME,
    ),
    "expired": (_at(lambda now: {"iat": now - 3600, "exp": now - 10}), Cause.EXPIRED),
    "iat_ahead": (_at(lambda now: {"iat": now + 60}), Cause.NOT_YET),
    "iat_text": (_at(lambda now: {"iat": str(now)}), Cause.CLAIM_FORM),
    "iat_fraction": (_at(lambda now: {"iat": now - 0.5}), Cause.CLAIM_FORM),
    "nbf_ahead": (_at(lambda now: {"nbf": now + 60}), Cause.NOT_YET),
    "nbf_text": (_at(lambda now: {"nbf": str(now)}), Cause.CLAIM_FORM),
    "nbf_null": (_with(nbf=None), Cause.CLAIM_FORM),
    # the agency
    "agency_of_another_issuer": (_with(agency="TH-DATIP"), Cause.AGENCY),
    "agency_of_an_organisation": (_with(agency="INT-IOM"), Cause.AGENCY),
    "agency_unknown_to_the_registry": (_with(agency="KH-GONE"), Cause.AGENCY),
    "agency_list": (_with(agency=["KH-MOSVY", "TH-DATIP"]), Cause.CLAIM_FORM),
    "agency_empty": (_with(agency=""), Cause.CLAIM_FORM),
    "agency_in_lower_case": (_with(agency="kh-mosvy"), Cause.AGENCY),
    "agency_cyrillic_letter": (_with(agency="KH-М\u004fSVY"), Cause.AGENCY),
    "agency_fullwidth_letters": (_with(agency="ＫＨ-MOSVY"), Cause.AGENCY),
    "agency_blank_after": (_with(agency="KH-MOSVY "), Cause.AGENCY),
    "agency_zero_width_blank": (_with(agency="KH-MOSVY\u200b"), Cause.CLAIM_FORM),
    # the unit
    "unit_of_another_agency": (_with(unit="BKK"), Cause.UNIT),
    "unit_of_a_sister_agency": (_with(unit="KH-BMC"), Cause.UNIT),
    "unit_unknown": (_with(unit="MOON"), Cause.UNIT),
    "unit_in_lower_case": (_with(unit="hq"), Cause.UNIT),
    "unit_empty": (_with(unit=""), Cause.CLAIM_FORM),
    "unit_null": (_with(unit=None), Cause.CLAIM_FORM),
    "unit_list": (_with(unit=["HQ"]), Cause.CLAIM_FORM),
}
