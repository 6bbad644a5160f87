"""Which alerts each fault makes fire: these, and no other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.chaos.alerts import faults_of_alerts as faults
from tests.chaos.alerts.world import World


def _nothing(world: World) -> None:
    """What goes on meanwhile: nothing."""


@dataclass(frozen=True)
class Case:
    """A fault, the alerts that fire while it lasts, without their prefix, and what clients do meanwhile."""

    fault: str
    alerts: tuple[str, ...]
    begin: Callable[[World], AbstractContextManager[None]]
    meanwhile: Callable[[World], None] = _nothing
    needs: str = ""  # a program that may not be installed

    @property
    def expected(self) -> set[str]:
        """The names of its alerts."""
        return {f"ContentExports{name}" for name in self.alerts}


CASES = (
    Case("a message that no worker understands", ("DeadLetters",), faults.message_not_understood),
    Case("the broker is frozen", ("RelayBehind",), faults.broker_frozen),
    Case("the mail server is stopped", ("NotificationsLate",), faults.mail_server_away),
    Case("the only worker of a type is stopped", ("ProcessMissing", "NothingFinishes"), faults.worker_stopped),
    Case("a paused context is forgotten", ("OldestWaitsTooLong",), faults.context_paused, faults.export_another),
    Case("the folder of the store is gone", ("WorkerPaused",), faults.store_away),
    Case("all but a twentieth of the disk is used", ("StoreFillsUp",), faults.disk_full),
    Case("a lock keeps a command waiting", ("CommandsWait",), faults.command_blocked),
    Case("a lock keeps the janitor from a task", ("JanitorSilent",), faults.janitor_blocked),
    Case("the database is stopped", ("ErrorBudgetBurns", "JanitorSilent", "EventsNotHeard", "WorkerPaused"),
         faults.database_stopped, faults.ask),
    Case("the database refuses a row that is right", ("InternalErrors",), faults.defect),
    Case("the store changes a byte while it is written", ("VerificationFails",), faults.bytes_changed_on_their_way),
    Case("an export ends two workers", ("GivenUp",), faults.workers_killed),
    Case("another export of the context ends a third", ("Quarantine",), faults.workers_killed_again),
    Case("the certificate is valid for ten days", ("CertificateExpires",), faults.certificate_near_its_end,
         needs="blackbox_exporter"),
    Case("a byte of a stored package is changed", ("PackagesDamaged",), faults.package_changed),
)  # fmt: skip
