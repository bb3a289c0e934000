"""Which test proves which attack. Run as `python -m tests.attacks.register`: the tests elsewhere.

The ids are those of the list of attacks. A test in this folder is named by its id
(`test_O04_...`) and needs no entry; `ELSEWHERE` names the tests in other folders that prove one,
`LATER` what belongs to a part of the house that is not built, `REST` what a tested entry still
lacks for the same reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
ROOT: Final = FOLDER.parents[1]
NAMED: Final = re.compile(r"test_([A-Z]\d\d)_")

IDS: Final = tuple(
    f"{letter}{number:02d}"
    for letter, count in (
        ("J", 13),
        ("G", 12),
        ("E", 4),
        ("W", 4),
        ("O", 12),
        ("D", 6),
        ("T", 4),
        ("P", 7),
        ("K", 4),
        ("A", 8),
        ("H", 5),
        ("X", 3),
    )
    for number in range(1, count + 1)
)

LATER: Final = {
    "G10": "no issue yet: documents are not persisted, each is sent whole",
}
REST: Final = {
    "E02": "`@requires` itself is the router's; this subgraph declares none",
    "O05": "equal time is the bench's",
    "H04": "the console: its own issue",
}

_WORK: Final = "tests/casework/"
_FEED: Final = "tests/feed/test_following.py::"
_ATTACKS: Final = "tests/tokens/test_attacks.py::"
_KEEPING: Final = "tests/tokens/test_keeping.py::"
_DENIED: Final = "tests/tokens/test_denials_serving.py::"
_SOCKETS: Final = "tests/door/test_sockets.py::"
_FIELDS: Final = "tests/door/test_fields.py::"
_WALL: Final = "tests/store/test_wall.py::"
_TWO: Final = "tests/law/test_two_processes.py::"
_LAW: Final = "tests/law/test_lawmaking.py::"
_EMERGENCY: Final = "tests/law/test_emergencies.py::"
_REFUSALS: Final = "tests/protocols/test_refusals.py::"
_WATCHED: Final = "tests/subscriptions/test_sockets.py::"
_LIVING: Final = "tests/subscriptions/test_living.py::"
_EVENTS: Final = "tests/subscriptions/test_events.py::"
_LOGS: Final = "tests/door/test_logs.py::"
_SAFE: Final = "tests/door/test_safety.py::"
_TAMPERED: Final = "tests/faults/test_tampering.py::"
_LOTS: Final = "tests/statistics/test_lots.py::"
_COUNTED: Final = "tests/statistics/test_counting.py::"
_PASSWORD: Final = "tests/faults/test_service_password.py::"

ELSEWHERE: Final[dict[str, tuple[str, ...]]] = {
    "J01": (
        f"{_ATTACKS}test_j01_the_header_never_chooses_the_algorithm",
        f"{_ATTACKS}test_j01_pyjwt_is_recent_enough",
    ),
    "J02": (
        f"{_ATTACKS}test_j02_a_key_in_the_header_or_a_strange_kid_opens_nothing",
        f"{_ATTACKS}test_j02_a_key_source_is_a_file",
        "tests/tokens/test_discovery.py::test_j02_addresses_that_no_key_comes_from",
        "tests/tokens/test_at_the_door.py::"
        "test_j02_serve_refuses_a_key_source_that_is_neither_https_nor_a_file",
    ),
    "J03": (
        f"{_KEEPING}test_j03_a_flood_causes_one_fetch_in_thirty_seconds",
        f"{_KEEPING}test_j03_a_thousand_at_once_cause_one_fetch",
        f"{_KEEPING}test_j03_a_good_token_never_waits_for_a_fetch",
        f"{_KEEPING}test_j03_few_requests_wait_and_none_for_long",
        f"{_KEEPING}test_j03_a_dead_issuer_does_not_stop_the_others",
        "tests/tokens/test_at_the_door.py::test_j03_good_tokens_pass_while_others_wait",
    ),
    "J04": (f"{_ATTACKS}test_j04_other_forms_of_jose_and_large_tokens",),
    "J05": (f"{_ATTACKS}test_j05_a_key_speaks_for_its_own_issuer_only",),
    "J06": (f"{_ATTACKS}test_j06_an_issuer_speaks_for_its_own_agencies_only",),
    "J07": (f"{_ATTACKS}test_j07_issuer_and_audience_are_compared_whole",),
    "J08": (f"{_ATTACKS}test_j08_only_a_complete_access_token_counts",),
    "J09": (
        f"{_ATTACKS}test_j09_lists_are_lists_of_texts",
        f"{_ATTACKS}test_j09_an_unknown_role_is_no_error",
    ),
    "J10": (f"{_ATTACKS}test_j10_no_member_stands_twice",),
    "J11": (
        f"{_ATTACKS}test_j11_times_are_whole_numbers_within_bounds",
        f"{_ATTACKS}test_j11_leeway_is_exact",
        f"{_ATTACKS}test_j11_no_two_clocks_may_differ_by_more_than_a_minute",
    ),
    "J12": (
        f"{_ATTACKS}test_j12_a_kept_token_ends_at_exp",
        f"{_ATTACKS}test_j12_a_kept_token_ends_with_its_key",
        f"{_ATTACKS}test_j12_a_kept_token_ends_with_its_issuer",
        f"{_KEEPING}test_j12_a_key_taken_out_takes_its_kept_tokens_with_it",
        "tests/tokens/test_denials.py::"
        "test_j12_a_kept_token_ends_with_an_entry_and_comes_back_without",
        f"{_DENIED}test_an_entry_bites_within_a_second_on_every_process",
        f"{_DENIED}test_a_denied_token_is_told_what_every_other_is",
    ),
    "J13": (
        f"{_ATTACKS}test_j13_a_unit_is_one_of_the_agency",
        f"{_ATTACKS}test_j13_cases_only_narrow",
    ),
    "W01": (
        f"{_WATCHED}test_W01_another_subprotocol_is_not_offered",
        f"{_WATCHED}test_W01_nothing_is_run_before_the_acknowledgement",
        f"{_WATCHED}test_what_is_no_message_ends_the_socket",
    ),
    "W02": (
        f"{_LIVING}test_W02_sockets_and_streams_end_with_their_token",
        f"{_LIVING}test_W02_the_deny_list_ends_sockets_and_streams",
        f"{_WATCHED}test_W02_a_withdrawal_is_in_the_next_event",
        f"{_EVENTS}test_a_withdrawal_is_judged_anew_at_the_next_event",
        f"{_EVENTS}test_a_change_is_told_once_and_stands_in_the_record",
        f"{_EVENTS}test_what_may_not_be_seen_makes_no_event_and_no_record",
    ),
    "W03": (
        f"{_WATCHED}test_W03_a_socket_is_refused_what_http_is",
        f"{_WATCHED}test_W03_ten_thousand_subscriptions_are_refused_politely",
        f"{_LIVING}test_W03_what_a_document_is_refused_for_comes_as_an_event",
        f"{_LIVING}test_as_many_as_may_be_and_not_one_more",
        f"{_LIVING}test_who_takes_nothing_is_cut_off_and_holds_little",
    ),
    "W04": (
        f"{_WATCHED}test_W04_a_foreign_page_opens_no_socket",
        f"{_LIVING}test_W04_origins_that_are_listed_may",
        f"{_LIVING}test_a_stream_is_refused_before_it_begins",
    ),
    "O05": (
        f"{_EMERGENCY}test_what_cannot_be_opened_looks_like_what_is_not_there",
        "tests/law/test_explain.py::test_a_hidden_record_and_none_are_explained_alike",
        f"{_WORK}test_persons.py::test_hidden_is_as_missing_and_who_is_not_named_is_refused",
        f"{_WORK}test_opening.py::test_a_person_known_is_brought_by_who_may_see_her_alone",
        f"{_WORK}test_withholding.py::"
        "test_a_restriction_lies_on_the_case_on_its_person_or_on_a_part",
    ),
    "O07": (
        f"{_WORK}test_opening.py::test_a_number_tells_nothing_of_another_agencys_people",
        "tests/htcds/test_import.py::test_another_agency_s_people_are_neither_matched_nor_told",
        "tests/store/test_constraints.py::test_an_identity_number_is_unique_within_an_agency_only",
        f"{_WALL}test_what_the_wall_hides_cannot_be_written_either",
    ),
    "O10": ("tests/store/test_ids.py::test_a_time_ordered_id_is_refused_for_a_person_and_a_case",),
    "O11": (
        "tests/statistics/test_months.py::test_O11_all_answers_of_all_months_pin_no_cell",
        f"{_LOTS}test_any_cell_may_hold_up_to_ten_more_than_was_released",
        f"{_LOTS}test_every_cell_of_every_month_of_the_worst_world",
        f"{_LOTS}test_the_attacker_breaks_figures_that_are_rounded_one_by_one",
        f"{_COUNTED}test_months_are_closed_by_who_asks_first_and_then_never_again",
        f"{_COUNTED}test_a_corridor_with_ten_looks_like_one_with_none",
    ),
    "D03": (f"{_FIELDS}test_purpose_twice_is_bad_input",),
    "D06": (
        f"{_REFUSALS}test_refused_with_line_code_and_remedy",
        "tests/store/test_policy.py::test_a_party_ratifies_once_and_a_person_for_one_party_only",
        f"{_LAW}test_nobody_ratifies_what_they_proposed",
        f"{_LAW}test_one_party_speaks_once",
        f"{_LAW}test_two_people_ratify_at_once_and_one_word_counts",
    ),
    "O03": (
        f"{_FEED}test_a_cursor_is_good_for_its_stream_alone",
        f"{_FEED}test_what_is_too_old_is_dropped_and_says_how_to_start_over",
        f"{_FEED}test_a_protocol_that_ends_takes_back_and_one_of_others_does_not",
    ),
    "T01": (f"{_TWO}test_T01_a_withdrawal_bites_at_the_next_request_of_each",),
    "T02": (f"{_TWO}test_T02_no_answer_is_made_of_two_versions",),
    "T04": (
        f"{_WORK}test_consents.py::test_the_payload_of_a_withdrawal_is_judged_on_the_state_after",
    ),
    "K04": (
        f"{_WORK}test_safely.py::"
        "test_k04_another_body_under_a_key_is_refused_and_another_caller_has_keys_of_her_own",
        f"{_WORK}test_safely.py::test_a_repeated_request_does_nothing_and_is_judged_anew",
        f"{_WORK}test_opening.py::test_the_same_request_opens_one_case",
    ),
    "T03": (
        f"{_TWO}test_T03_a_version_ends_by_the_databases_clock",
        "tests/durability/test_records_refused.py::test_a_ledger_that_is_read_only_takes_no_record",
    ),
    "P01": (
        f"{_SAFE}test_a_superuser_is_one_reason",
        f"{_SAFE}test_too_many_rights",
        f"{_SAFE}test_an_owner_of_one_table",
        "tests/door/test_serving.py::test_an_unsafe_role_is_refused",
        f"{_WALL}test_roles_are_logins_of_their_own",
    ),
    "P02": (
        f"{_WALL}test_without_a_context_the_service_reads_nothing",
        f"{_WALL}test_after_a_transaction_the_context_is_gone",
        f"{_WALL}test_nobody_else_does",
    ),
    "P03": (
        f"{_SAFE}test_outdated_knows_the_fixed_versions",
        f"{_WALL}test_no_role_can_be_left",
    ),
    "P04": (
        "tests/store/test_migrations.py::"
        "test_no_view_passes_by_the_callers_rights_and_few_functions_do",
        f"{_WALL}test_every_protected_table_is_walled_and_forced",
    ),
    "P05": (f"{_WALL}test_statistics_of_the_planner_tell_the_service_nothing",),
    "P06": (
        "tests/store/test_migrations.py::test_the_service_role_has_no_more_than_it_needs",
        "tests/store/test_wall.py::test_every_protected_table_is_walled_and_forced",
        f"{_FEED}test_a_change_is_told_to_whom_it_is_open_and_to_nobody_else",
        "tests/store/test_events.py::test_a_listener_is_woken_and_told_nothing",
    ),
    "P07": (
        "tests/compiler/test_documents.py::test_one_document_has_one_text_whatever_its_values",
        "tests/compiler/test_narrowing.py::test_the_text_is_the_same_each_time",
    ),
    "K01": (f"{_TWO}test_K01_a_ratification_bites_at_the_next_request_of_each",),
    "K03": (
        "tests/tokens/test_tokens.py::test_at_most_so_many_are_kept_and_the_least_used_goes_first",
    ),
    "A01": (
        "tests/durability/test_clients_cut.py::test_a_storm_of_clients_that_hang_up",
        "tests/durability/test_every_message.py::test_a_line_cut_at_every_message_of_a_request",
    ),
    "A02": (
        "tests/durability/test_records_refused.py::test_without_a_record_there_is_no_answer",
        "tests/durability/test_records_refused.py::test_a_ledger_that_is_read_only_takes_no_record",
        "tests/faults/test_disk_full.py::test_a_full_disk_lets_no_answer_out_and_loses_none",
    ),
    "A03": (
        "tests/durability/test_database_killed.py::"
        "test_a_database_that_dies_takes_no_record_with_it",
        "tests/durability/test_lines.py::test_a_role_cannot_turn_off_waiting_for_the_disk",
        "tests/faults/test_parts_killed.py::test_parts_are_killed_at_any_instant",
        f"{_SAFE}test_a_record_that_could_be_lost",
    ),
    "A04": (
        f"{_LOGS}test_only_listed_fields_are_written",
        f"{_LOGS}test_one_event_is_one_short_line",
        f"{_LOGS}test_other_libraries_keep_name_level_and_type_alone",
        "tests/door/test_telemetry.py::test_spans_hold_nothing_of_the_request",
        "tests/door/test_telemetry.py::test_traceparent",
    ),
    "A05": (
        "tests/store/test_append_only.py::test_the_service_is_refused_by_right",
        "tests/store/test_append_only.py::test_the_owner_is_refused_by_trigger",
        f"{_PASSWORD}test_A05_is_refused",
        f"{_PASSWORD}test_A05_changes_nothing",
        f"{_PASSWORD}test_A05_copying_rows_in_does_not_pass_the_wall",
        f"{_PASSWORD}test_a_lie_is_an_addition_and_nothing_that_was_there_gives_way",
    ),
    "A06": (
        "tests/fsck/test_altered.py::test_each_alteration_is_named",
        "tests/fsck/test_altered.py::test_any_alteration_is_named",
        "tests/fsck/test_altered.py::"
        "test_a_cut_that_leaves_no_trace_is_found_by_a_checkpoint_from_elsewhere",
        "tests/fsck/test_command.py::"
        "test_a_tampered_export_is_exit_1_and_the_first_record_is_named",
        "tests/witness/test_answers.py::test_a_rollback_is_refused_whatever_old_size_it_names",
        "tests/witness/test_answers.py::test_a_fork_is_422_also_with_its_own_honest_proof",
        f"{_TAMPERED}test_a_row_altered",
        f"{_TAMPERED}test_a_row_altered_together_with_its_hash",
        f"{_TAMPERED}test_a_row_dropped",
        f"{_TAMPERED}test_a_row_dropped_with_its_place",
        f"{_TAMPERED}test_a_row_dropped_and_the_later_ones_moved_up",
        f"{_TAMPERED}test_a_row_inserted",
        f"{_TAMPERED}test_two_rows_exchanged",
        f"{_TAMPERED}test_a_tile_cut",
        f"{_TAMPERED}test_A06_everything_rewritten_by_who_has_the_key",
        f"{_TAMPERED}test_A06_a_fork_from_a_copy_with_the_key",
    ),
    "A07": (
        "tests/fsck/test_lines.py::test_another_spelling_is_found_whether_the_log_signed_it_or_not",
        "tests/fsck/test_lines.py::test_a_node_given_as_a_leaf_is_found",
        f"{_TAMPERED}test_A07_one_record_in_another_spelling",
        f"{_TAMPERED}test_A07_a_leaf_that_spells_two_hashes_is_no_node",
    ),
    "H01": (
        f"{_SOCKETS}test_declared_100_megabytes_are_refused_before_any_is_read",
        f"{_SOCKETS}test_100_megabytes_in_chunks_are_cut_off",
        f"{_SOCKETS}test_one_byte_a_second_is_a_timeout",
        f"{_SOCKETS}test_headers_by_drops_do_not_push_the_deadline",
        f"{_SOCKETS}test_a_gzip_bomb_is_not_opened",
        f"{_SOCKETS}test_idle_connections_do_not_keep_others_out",
    ),
    "H02": (
        f"{_SOCKETS}test_malformed_hosts",
        f"{_SOCKETS}test_paths_outside_the_table_are_404",
        f"{_SOCKETS}test_ranges_are_not_served",
        f"{_SOCKETS}test_what_is_not_http",
        f"{_FIELDS}test_authorization_twice_is_401",
        f"{_FIELDS}test_token_in_address_or_cookie_is_not_read",
        "tests/integrating/test_over_http.py::test_tree_is_read_by_anybody",
    ),
    "H03": (f"{_FIELDS}test_every_answer_forbids_storing_and_framing",),
    "H04": (
        "tests/door/test_pages.py::test_a_browser_gets_the_page",
        "tests/door/test_pages.py::test_the_page_names_files_of_ours_alone",
        "tests/door/test_pages.py::test_no_file_names_a_foreign_address_or_keeps_anything",
    ),
    "H05": ("tests/door/test_pages.py::test_open_pages_tell_nothing_of_callers",),
    "X01": (
        "tests/htcds/test_hostile_files.py::test_refused_for_its_own_defect",
        "tests/htcds/test_hostile_files.py::test_formula_cells_are_known_by_their_place",
        "tests/exporting/test_also.py::test_x01_no_cell_is_a_formula",
        "tests/exporting/test_also.py::test_no_text_becomes_a_formula",
        "tests/htcds/test_rows.py::test_a_formula_is_refused_wherever_it_stands",
        "tests/htcds/test_rows.py::test_text_that_looks_like_a_formula_is_text",
        "tests/htcds/test_import.py::test_a_refused_workbook_holds_text_alone",
        "tests/htcds/test_import.py::test_all_or_nothing",
    ),
    "X02": (
        "tests/tokens/test_devissuer.py::"
        "test_x02_the_development_issuer_stands_beside_loopback_only",
        "tests/tokens/test_devissuer.py::test_x02_it_is_recognised_among_others",
        "tests/door/test_serving.py::test_an_open_host_with_the_development_issuer_is_refused",
        "tests/door/test_commands.py::test_token_is_refused_without_a_development_issuer",
    ),
    "X03": (
        "tests/house/test_names.py::test_no_other_distribution_here_has_this_import_name",
        "tests/house/test_names.py::test_the_import_finds_this_repository",
        "tests/house/test_names.py::test_no_locked_requirement_is_called_like_a_room",
        "tests/house/test_requirements.py::test_every_line_is_one_exact_version_with_hashes",
    ),
}


def functions_of(file: Path) -> Iterator[str]:
    """The names of the test functions in a file."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name


def here() -> dict[str, tuple[str, ...]]:
    """The tests of this folder by the id in their names, as node ids."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted(FOLDER.glob("test_*.py")):
        for name in functions_of(file):
            named = NAMED.match(name)
            if named is not None:
                node = f"{file.relative_to(ROOT).as_posix()}::{name}"
                found[named[1]] = (*found.get(named[1], ()), node)
    return found


def proofs_of(attack: str) -> tuple[str, ...]:
    """Every test of an attack, those of this folder first."""
    return here().get(attack, ()) + ELSEWHERE.get(attack, ())


if __name__ == "__main__":
    print(*sorted({node for nodes in ELSEWHERE.values() for node in nodes}))  # noqa: T201
