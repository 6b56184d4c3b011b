"""How senders list the failures of a day, each in the way of a real one."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.message_months import MISMATCH, Fault
from benchmarks.simulated_domains import Row

COMPLETE, MICROSOFT, DOUBLED, BESIDE, POSTFIX, PARTIAL, NO_COUNT, NO_HOST = (
    *("complete", "Microsoft", "doubled", "beside totals", "Postfix", "partial"),
    *("no count", "no host"),
)
HABITS = {
    "Google": COMPLETE,
    "Microsoft": MICROSOFT,
    "Mail.ru": DOUBLED,
    "mox.example": BESIDE,
    "post.example": POSTFIX,
    "letters.example": PARTIAL,
    "harbor.example": COMPLETE,
}
"""The senders, and how each of them reports."""

FAILURES_ONLY = (BESIDE,)
"""Habits of those who report on days with failures only."""

SECOND_TYPE = "validation-failure"
OTHER_SECOND_TYPE = "certificate-not-trusted"


@dataclass(frozen=True, slots=True)
class Met:
    """The sessions of a sender's day that met a fault."""

    sender: str
    mode: str
    fault: Fault
    host: str
    count: int

    @property
    def result_type(self) -> str:
        """What the sender calls it."""
        return self.fault.type_of(self.sender)

    @property
    def address(self) -> str:
        """Where it was met."""
        number = (self.fault.host or 0) + 1
        return f"2001:db8::{number}" if self.fault.is_ipv6 else f"192.0.2.{number}"

    @property
    def is_beside(self) -> bool:
        """Whether mox leaves it out of its totals, as testing mode let it through."""
        is_kind = self.fault.is_mismatch or self.result_type == "starttls-not-supported"
        return self.mode == "testing" and is_kind

    def detail(self, **others: object) -> Row:
        """Return a complete detail, with some of it in another way."""
        return {
            "result_type": self.result_type,
            "receiving_mx_hostname": self.host,
            "failed_session_count": self.count,
            "failure_reason_code": self.fault.reason,
            "receiving_ip": self.address,
        } | others


def _complete(met: Met) -> list[Row]:
    reason = None if met.sender == "Google" else met.fault.reason
    return [met.detail(failure_reason_code=reason)]


def _microsoft(met: Met) -> list[Row]:
    if met.fault.is_mismatch:
        code = "MX_HOSTS_MISMATCH"
        nothing = {"receiving_mx_hostname": None, "receiving_ip": None}
        return [met.detail(result_type=MISMATCH, failure_reason_code=code, **nothing)]
    code = met.fault.reason or met.result_type.upper().replace("-", "_")
    return [met.detail(failure_reason_code=code)]


def _doubled(met: Met) -> list[Row]:
    return [met.detail(), met.detail(result_type=second_type(met.result_type))]


def _beside(met: Met) -> list[Row]:
    code = "mtasts-policy-mx-mismatch" if met.fault.is_mismatch else met.fault.reason
    return [met.detail(failure_reason_code=code)]


def _postfix(met: Met) -> list[Row]:
    return [met.detail(receiving_ip=None)]


def _partial(met: Met) -> list[Row]:
    return [met.detail(failed_session_count=met.count // 2)] if met.count // 2 else []


def _no_count(met: Met) -> list[Row]:
    return [met.detail(failed_session_count=None)]


def _no_host(met: Met) -> list[Row]:
    nothing = dict.fromkeys(("receiving_mx_hostname", "receiving_ip", "failure_reason_code"))
    return [met.detail(**nothing)]


LISTED: dict[str, Callable[[Met], list[Row]]] = {
    COMPLETE: _complete,
    MICROSOFT: _microsoft,
    DOUBLED: _doubled,
    BESIDE: _beside,
    POSTFIX: _postfix,
    PARTIAL: _partial,
    NO_COUNT: _no_count,
    NO_HOST: _no_host,
}
"""What each way of reporting lists."""


def second_type(result_type: str) -> str:
    """Return the other type by which Mail.ru lists a session."""
    return OTHER_SECOND_TYPE if result_type == SECOND_TYPE else SECOND_TYPE
