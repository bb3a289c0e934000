"""The roots: a record by id and a connection for each entity that has them.

Data only, like every type: a compiler turns what is selected into SQL. `me`
alone is read from the root value.
"""

from __future__ import annotations

import strawberry

from schema.types.access import AccessRecord
from schema.types.agreements import Agreement
from schema.types.cases import ReturnCase
from schema.types.changes import ChangeConnection, UnacknowledgedWithdrawals
from schema.types.checkpoints import AccessCheckpoint
from schema.types.contacts import BilateralContact
from schema.types.emergencies import EmergencyOpening
from schema.types.explain import Explanation, PotentialReader
from schema.types.me import Me
from schema.types.parts import Referral
from schema.types.protocols import ProtocolVersion
from schema.types.records import Connection, Node
from schema.types.statistics import StatisticsCell
from schema.types.victims import Victim


@strawberry.type(
    description="What can be asked. A record that may not be seen and one that does not exist "
    "look alike: null, or no edge."
)
class Query:
    """The query root."""

    node: Node | None = strawberry.field(description="The record with this id, of any type.")
    me: Me = strawberry.field(description="The caller, her purposes and the clauses in force.")
    protocol_versions: list[ProtocolVersion] = strawberry.field(
        description="Protocol versions: those of the caller's own agreements in every state, and "
        "the published ones in force."
    )
    victim: Victim | None = strawberry.field(description="The person with this id.")
    victims: Connection[Victim] = strawberry.field(description="Persons the caller may see.")
    return_case: ReturnCase | None = strawberry.field(description="The return case with this id.")
    return_cases: Connection[ReturnCase] = strawberry.field(
        description="Return cases the caller may see."
    )
    worklist: Connection[ReturnCase] = strawberry.field(
        description="The cases on which the caller's desk has the next step, the most urgent "
        "first. Times are those of `dueAt` and `overdue`."
    )
    agreement: Agreement | None = strawberry.field(description="The agreement with this id.")
    agreements: Connection[Agreement] = strawberry.field(
        description="Agreements: the published ones, and drafts of the caller's own side."
    )
    bilateral_contact: BilateralContact | None = strawberry.field(
        description="The meeting, visit, training or campaign with this id."
    )
    bilateral_contacts: Connection[BilateralContact] = strawberry.field(
        description="Meetings, visits, trainings and campaigns the caller may see."
    )
    emergency_opening: EmergencyOpening | None = strawberry.field(
        description="The emergency opening with this id."
    )
    emergency_openings: Connection[EmergencyOpening] = strawberry.field(
        description="Emergency openings the caller may see: those of the cases her side holds."
    )
    referral: Referral | None = strawberry.field(description="The referral with this id.")
    referrals: Connection[Referral] = strawberry.field(
        description="Referrals the caller may see: those of her cases, and those that ask her "
        "agency and wait for an answer."
    )
    explain_access: list[Explanation] = strawberry.field(
        description="Why each field of a record is shown to the caller or not, as a query would "
        "decide it now or would have decided it then. Empty for a record that may not be seen."
    )
    who_can_see: list[PotentialReader] = strawberry.field(
        description="Everybody who could see a record, beside those who did: for auditors of "
        "the country that holds its case. Its stewards learn how the law decides on one agency, "
        "role and purpose. Stands alone in its operation."
    )
    changes: ChangeConnection = strawberry.field(
        description="What came into the puller's view, changed in it or left it, in the order of "
        "commits. Without `after` it starts over, with everything that may be seen now. Stands "
        "alone in its operation."
    )
    unacknowledged_withdrawals: list[UnacknowledgedWithdrawals] = strawberry.field(
        description="How many withdrawals pullers have not acknowledged, on cases that the "
        "auditor's country holds and by its own pullers. For the role AUDITOR and the purpose "
        "AUDIT. Stands alone in its operation."
    )
    access_records: Connection[AccessRecord] = strawberry.field(
        description="Access records inside the caller's scope."
    )
    access_checkpoint: AccessCheckpoint | None = strawberry.field(
        description="The newest checkpoint of the ledger's tree; null before the first. Public: "
        "needs no purpose and leaves no record."
    )
    statistics: list[StatisticsCell] = strawberry.field(
        description="The cells of one table, by corridor, period and key: of months that have "
        "ended, which never change. For the purpose STATISTICS and clauses with `aggregate_only`."
    )
