"""Signed notes and their keys, rule by rule of C2SP signed-note."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.notes import (
    MAX_BYTES,
    MAX_SIGNATURES,
    NoteRefused,
    Signature,
    Signer,
    Verifier,
    open_note,
    read_note,
    write_note,
)

# The example of the specification.
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
TEXT = "This is an example message.\n"
LINE = (
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ON"
    "ncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
EXAMPLE = f"{TEXT}\n{LINE}"

LOG = Signer.of_seed("log.example/a", bytes(range(32)))
OTHER = Signer.of_seed("log.example/b", bytes(range(1, 33)))


def stranger(number: int) -> str:
    return Signature(f"stranger.example/{number}", bytes([0, 0, 0, number]), b"x" * 64).line


def wrong(line: str) -> str:
    """The same line, one bit of its signature turned."""
    head, _, rest = line.rstrip("\n").rpartition(" ")
    raw = bytearray(base64.b64decode(rest))
    raw[-1] ^= 1
    return f"{head} {base64.b64encode(raw).decode()}\n"


def test_the_example_of_the_specification_opens() -> None:
    verifier = Verifier.parse(VKEY)
    note, signed = open_note(EXAMPLE, [verifier])
    assert note.text == TEXT
    assert signed == (verifier,)
    assert note.signatures[0].line == LINE
    assert verifier.vkey == VKEY
    assert verifier.key_id.hex() == "530d903a"


def test_a_signed_text_opens() -> None:
    note = write_note(TEXT, [LOG.sign(TEXT)])
    assert open_note(note, [LOG.verifier])[0].text == TEXT


@given(st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs"]) | st.just("\n")))
def test_any_text_comes_back(text: str) -> None:
    text += "\n"
    note, signed = open_note(write_note(text, [LOG.sign(text), stranger(1)]), [LOG.verifier])
    assert note.text == text
    assert signed == (LOG.verifier,)


def test_the_last_empty_line_divides() -> None:
    text = f"first\n\n{LINE}\nlast\n"
    note, _ = open_note(write_note(text, [LOG.sign(text)]), [LOG.verifier])
    assert note.text == text
    # what looks like a signature above the last empty line is text
    with pytest.raises(NoteRefused, match="nobody"):
        open_note(f"{EXAMPLE}\n{stranger(1)}", [Verifier.parse(VKEY)])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        TEXT,
        LINE,
        f"{TEXT}{LINE}",
        f"{TEXT}\n",
        f"{TEXT}\n\n",
        f"{EXAMPLE}\n",
        EXAMPLE.rstrip("\n"),
        f"{EXAMPLE}and more\n",
        EXAMPLE.replace("\n", "\r\n"),
        EXAMPLE.replace("— ", "- "),
        EXAMPLE.replace("— ", "—"),
        EXAMPLE.replace("— ", "—\u00a0"),
        EXAMPLE.replace("— ", "—  "),
        EXAMPLE.replace(" Uw2Q", "  Uw2Q"),
        EXAMPLE.replace("aQM=", "aQM= "),
        EXAMPLE.replace("aQM=", "aQM"),
        EXAMPLE.replace("aQM=", "aQN="),
        EXAMPLE.replace("Uw2Q", "Uw-Q"),
        EXAMPLE.replace("Uw2Q", "U w2Q"),
        f"{TEXT}\n— example.com/foo\n",
        f"{TEXT}\n— example.com/foo \n",
        f"{TEXT}\n— example.com/foo Uw2QOg==\n",
        f"{TEXT}\n— {LINE[17:]}",
    ],
)
def test_a_malformed_note_is_refused(note: str) -> None:
    with pytest.raises(NoteRefused):
        read_note(note)


@pytest.mark.parametrize("character", [chr(n) for n in range(0x20) if n != 10] + ["\ud800"])
def test_no_control_character_stands_in_a_note(character: str) -> None:
    with pytest.raises(NoteRefused):
        read_note(EXAMPLE.replace("example message", character))
    with pytest.raises(NoteRefused):
        LOG.sign(f"a{character}\n")
    with pytest.raises(NoteRefused):
        write_note(f"a{character}\n", [stranger(1)])


@pytest.mark.parametrize("character", ["\x7f", "\u0085", "\u2028", "สะพาน", "\U0001f309"])
def test_every_other_character_does(character: str) -> None:
    text = f"a{character}\n"
    assert open_note(write_note(text, [LOG.sign(text)]), [LOG.verifier])[0].text == text


BAD_NAMES = [
    "",
    "a b",
    "a+b",
    "a\u00a0b",
    "a\u3000b",
    "a\u2028b",
    "a\u0085b",
    "a\tb",
    "a\nb",
    "a\x01b",
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_has_neither_space_nor_plus(name: str) -> None:
    with pytest.raises(NoteRefused):
        Signer.of_seed(name, bytes(32))
    with pytest.raises(NoteRefused):
        Verifier.of_key(name, 1, bytes(32))
    with pytest.raises(NoteRefused):
        read_note(EXAMPLE.replace("example.com/foo", name))


def test_a_line_of_an_unknown_key_is_ignored() -> None:
    same_name = Signature(LOG.name, b"\1\2\3\4", b"no key of this type is known").line
    same_id = Signature("log.example/c", LOG.verifier.key_id, b"x" * 64).line
    note = write_note(TEXT, [stranger(1), same_name, same_id, LOG.sign(TEXT)])
    assert open_note(note, [LOG.verifier])[1] == (LOG.verifier,)


def test_nobody_known_is_nobody() -> None:
    with pytest.raises(NoteRefused, match="nobody"):
        open_note(EXAMPLE, [])
    with pytest.raises(NoteRefused, match="nobody"):
        open_note(EXAMPLE, [LOG.verifier])


@pytest.mark.parametrize("spoilt", [wrong, lambda line: OTHER.sign(f"{line[:5]}\n")])
def test_a_known_key_with_a_wrong_signature_refuses_the_whole(
    spoilt: Callable[[str], str],
) -> None:
    lines = [LOG.sign(TEXT), spoilt(OTHER.sign(TEXT))]
    for ordered in (lines, lines[::-1]):
        note = write_note(TEXT, ordered)
        with pytest.raises(NoteRefused, match=r"log\.example/b"):
            open_note(note, [LOG.verifier, OTHER.verifier])
        assert open_note(note, [LOG.verifier])[1] == (LOG.verifier,)


def test_a_second_line_of_one_key_is_asked_too() -> None:
    right = LOG.sign(TEXT)
    assert open_note(write_note(TEXT, [right, right]), [LOG.verifier])[1] == (LOG.verifier,)
    with pytest.raises(NoteRefused):
        open_note(write_note(TEXT, [right, wrong(right)]), [LOG.verifier])


def test_a_signature_of_another_length_is_wrong() -> None:
    for bare in (b"x", b"x" * 63, b"x" * 65):
        note = write_note(TEXT, [Signature(LOG.name, LOG.verifier.key_id, bare).line])
        with pytest.raises(NoteRefused):
            open_note(note, [LOG.verifier])


def test_a_signature_is_over_every_byte() -> None:
    note = write_note(TEXT, [LOG.sign(TEXT)])
    for other in (TEXT.upper(), f"\n{TEXT}", f"{TEXT}\n", TEXT.replace(".", "")):
        with pytest.raises(NoteRefused):
            open_note(note.replace(TEXT, other, 1), [LOG.verifier])


@pytest.mark.parametrize("count", [1, 15, MAX_SIGNATURES - 1])
def test_sixteen_signatures_and_more_are_read(count: int) -> None:
    lines = [*(stranger(n) for n in range(count)), LOG.sign(TEXT)]
    assert open_note(write_note(TEXT, lines), [LOG.verifier])[1] == (LOG.verifier,)


def test_there_is_an_end_to_signatures_and_bytes() -> None:
    with pytest.raises(NoteRefused, match="more than"):
        write_note(TEXT, [stranger(n) for n in range(MAX_SIGNATURES + 1)])
    with pytest.raises(NoteRefused, match="at most"):
        LOG.sign("a" * MAX_BYTES + "\n")


def test_who_signed_is_in_the_order_of_the_lines() -> None:
    note = write_note(TEXT, [OTHER.sign(TEXT), LOG.sign(TEXT)])
    assert open_note(note, [LOG.verifier, OTHER.verifier, LOG.verifier])[1] == (
        OTHER.verifier,
        LOG.verifier,
    )


@pytest.mark.parametrize("line", ["", "\n", LINE + "x", "x" + LINE, LINE.rstrip("\n"), f"\n{LINE}"])
def test_only_whole_lines_are_written(line: str) -> None:
    with pytest.raises(NoteRefused):
        write_note(TEXT, [line])


def test_a_note_has_a_text_with_a_newline_and_a_signature() -> None:
    with pytest.raises(NoteRefused):
        write_note("no newline", [stranger(1)])
    with pytest.raises(NoteRefused):
        LOG.sign("no newline")
    with pytest.raises(NoteRefused):
        write_note(TEXT, [])


KEY = VKEY.split("+")[2]


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        f"example.com/foo+530D903A+{KEY}",
        f"example.com/foo+530d903b+{KEY}",
        f"example.com/fop+530d903a+{KEY}",
        f"example.com/foo+530d903+{KEY}",
        f"example.com/foo+530d903a+{KEY}=",
        f"example.com/foo+530d903a+{KEY}\n",
        f"example.com/foo+530d903a+A{KEY}",
        f"+530d903a+{KEY}",
        f" example.com/foo+530d903a+{KEY}",
        "example.com/foo+530d903a+",
        "example.com/foo+530d903a+AA==",
    ],
)
def test_a_malformed_key_is_refused(vkey: str) -> None:
    with pytest.raises(NoteRefused):
        Verifier.parse(vkey)


@pytest.mark.parametrize("kind", [0, 2, 3, 5, 6, 255])
def test_a_key_of_another_type_is_refused(kind: int) -> None:
    with pytest.raises(NoteRefused, match="no type"):
        Verifier.of_key("log.example", kind, bytes(32))


@given(st.binary(min_size=32, max_size=32))
def test_keys_read_back_as_they_are_written(seed: bytes) -> None:
    signer = Signer.of_seed("log.example/a", seed)
    assert Signer.parse(signer.skey) == signer
    assert Verifier.parse(signer.vkey) == signer.verifier


def test_base64_has_a_plus_of_its_own() -> None:
    seeds = (bytes([n]) * 32 for n in range(256))
    signer = next(s for s in (Signer.of_seed("a", x) for x in seeds) if s.vkey.count("+") > 2)
    assert Verifier.parse(signer.vkey) == signer.verifier


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
def test_a_seed_has_32_bytes(seed: bytes) -> None:
    with pytest.raises(NoteRefused):
        Signer.of_seed("log.example", seed)


def test_a_refused_signer_key_tells_nothing_of_itself() -> None:
    skey = LOG.skey
    secret = skey.rpartition("+")[2]
    changed = [
        skey[:-4],
        skey.removeprefix("PRIVATE+"),
        skey.replace("log.example/a", "log.example/b"),
        skey.replace(secret, base64.b64encode(b"\4" + bytes(range(32))).decode()),
        skey.replace(secret, secret + "\n"),
        skey + "=",
    ]
    for text in changed:
        with pytest.raises(NoteRefused) as refused:
            Signer.parse(text)
        assert secret[:12] not in str(refused.value)
    assert secret not in repr(LOG)
    assert str(list(range(32)))[1:9] not in repr(LOG)
    assert "seed" not in repr(LOG)


def test_two_keys_with_one_id_are_not_told_apart() -> None:
    twin = Verifier(LOG.name, LOG.verifier.key_id, 1, OTHER.verifier.public)
    with pytest.raises(NoteRefused, match="two keys"):
        open_note(write_note(TEXT, [LOG.sign(TEXT)]), [LOG.verifier, twin])
