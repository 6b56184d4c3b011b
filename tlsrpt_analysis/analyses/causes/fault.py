"""One fault: failures of one result type at one host, and what the reports say about them."""

from dataclasses import dataclass

import numpy as np

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause
from tlsrpt_analysis.analyses.cause_catalogue.mx_host import IPV6_ONLY
from tlsrpt_analysis.analyses.cause_catalogue.signs import (
    FEWEST_DAYS,
    MOSTLY,
    RARELY,
    failing_address,
)
from tlsrpt_analysis.analyses.causes.case import DomainCase, FoundCause
from tlsrpt_analysis.analyses.causes.fault_periods import fault_rows, spared
from tlsrpt_analysis.analyses.causes.reason_words import cause_places
from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.analyses.numbering import distinct
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.shown_texts import listed


@dataclass(frozen=True, slots=True)
class Fault:
    """The failures of one fault at one host of a domain; an empty host is not known."""

    case: DomainCase
    host: str
    rows: Rows
    is_dane: bool = False

    @property
    def who(self) -> str:
        """Return the reporters that meet it, for a sentence."""
        return self.rows.listed("reporter")

    @property
    def reasons(self) -> str:
        """Return the reason codes, for a sentence."""
        return self.rows.listed("failure_reason_code")

    @property
    def result_type(self) -> str:
        """Return the result type; a fault under MTA-STS has one."""
        return self.rows.texts("result_type")[0]

    @property
    def is_at_only_host(self) -> bool:
        """Whether the host is the only one that the latest policy lists."""
        return bool(self.host) and self.case.patterns == (self.host,)

    @property
    def success_share(self) -> float:
        """Return the share of the reporter days with failures on which other sessions succeeded."""
        return self.case.success_share(self.rows, dane=self.is_dane)

    @property
    def is_steady(self) -> bool:
        """Whether it lasts some days on which other sessions of its reporters succeeded."""
        return len(self.rows.days()) >= FEWEST_DAYS and self.success_share >= MOSTLY

    @property
    def is_rarely_met(self) -> bool:
        """Whether its reporters meet it at one of several hosts in few of their sessions."""
        if not self.host or self.is_at_only_host:
            return False
        days = self.rows.days()
        counted = self._sessions_of(distinct(self.rows["reporter"])).values()
        whole = sum(
            int(sessions[(at >= days[0]) & (at <= days[-1])].sum()) for at, sessions in counted
        )
        return self.rows.total() < RARELY * whole

    @property
    def partly(self) -> str:
        """Return that only some sessions at the only MX meet it, for a sentence."""
        if not (self.is_at_only_host and self.is_steady):
            return ""
        return (
            "; other sessions of theirs at the only MX succeeded on the same days, so perhaps only"
            " one of several servers behind it is at fault (one-backend)"
        )

    def found(self, cause: Cause, evidence: str) -> FoundCause:
        """Return the cause found for this fault; the evidence ends with the reasons, verbatim."""
        said = f"; the reasons given: {self.reasons}" if self.reasons else ""
        return FoundCause(cause, self.host or None, self.rows, f"{evidence}{said}")

    def split(self) -> list["Fault"]:
        """Return one fault each where the days or the reporters show several."""
        parts = fault_rows(self.rows, self._sessions_of(distinct(self.rows["reporter"])))
        return [Fault(self.case, self.host, rows, self.is_dane) for rows in parts]

    def place(self) -> FoundCause | None:
        """Return the cause if only one address, or only IPv6, fails while other sessions succeed."""
        addresses = self.rows.texts("receiving_ip")
        if not addresses or (self.rows["receiving_ip"] == 0).any():
            return None
        cause = failing_address(addresses, is_only_host=self.is_at_only_host)
        if cause is None or not self.is_steady:
            return None
        if cause is IPV6_ONLY:
            return self.found(cause, f"all failures were at IPv6 addresses: {listed(addresses)}")
        evidence = f"all failures were at {addresses[0]}, and other sessions succeeded"
        return self.found(cause, evidence)

    def others(self) -> str:
        """Return who is known not to meet this fault, for a sentence; empty if nobody is."""
        selective = self.case.selective_fault(self.rows, self.host, self.result_type)
        if selective:
            return f"others certainly did not. {selective.explanation.rstrip('.')}"
        texts = self.case.policies.texts_of["reporter"].texts
        failing = self._sessions_of(distinct(self.rows["reporter"]))
        days, counts = (np.concatenate(parts) for parts in zip(*failing.values(), strict=True))
        order = np.argsort(days, kind="stable")
        reporters = [
            number
            for number in distinct(self.case.policies["reporter"])
            if number and number not in failing and not self._is_met_too(number)
        ]
        others = {
            texts[number]: counted for number, counted in self._sessions_of(reporters).items()
        }
        names = spared(self.rows, (days[order], counts[order]), others) if others else []
        return f"{listed(names)} in the same time did not" if names else ""

    def _sessions_of(self, reporters: list[int]) -> dict[int, tuple[Integers, Integers]]:
        return {number: self.case.sessions_of(number, dane=self.is_dane) for number in reporters}

    def _is_met_too(self, reporter: int) -> bool:
        """Whether a reporter has such failures, at any host, in the same time.

        A type may say little: a mismatch, and what reason codes call something else, is not the same.
        """
        days, failures = self.rows["day"], self.case.failures
        same = (failures["reporter"] == reporter) & failures.is_any("result_type", self.result_type)
        same &= (failures["day"] >= days.min()) & (failures["day"] <= days.max())
        alike = failures.where(same)
        if not len(alike):
            return False
        own, other = cause_places(self.rows), cause_places(alike)
        is_alike = (other < 0) | np.isin(other, own) | (own < 0).any()
        is_listed = ~self.case.are_uncovered(alike) | self.case.are_uncovered(self.rows).any()
        return bool((is_alike & is_listed).any())
