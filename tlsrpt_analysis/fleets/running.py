"""Groups analysed one after another, by several processes, or by the workers of a Dask cluster."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TYPE_CHECKING

from tlsrpt_analysis.errors import StoreError
from tlsrpt_analysis.fleets.answers import Answers, answers_of_group
from tlsrpt_analysis.fleets.groups import Group

if TYPE_CHECKING:
    from distributed import Client

FEWEST_GROUPS = 4
"""With fewer groups a second process, which takes two seconds to start, saves nothing."""

MOST_TRIES = 3
"""How often a group is tried whose process was killed."""


def answered(
    groups: list[Group], *, workers: int | None, client: "Client | None"
) -> Iterator[Answers]:
    """Yield the answers of each group, in no particular order.

    Raises
    ------
    StoreError
        When a process was killed again and again while it analysed a group.
    """
    if client is not None:
        yield from _on_cluster(groups, client)
        return
    usual = (os.cpu_count() or 1) if len(groups) >= FEWEST_GROUPS else 1
    count = min(workers or usual, len(groups))
    if count < 2:
        yield from map(answers_of_group, groups)
        return
    waiting = {group.number: group for group in groups}
    for _ in range(MOST_TRIES):
        yield from _in_processes(waiting, count)
        if not waiting:
            return
    raise StoreError(
        f"processes were killed {MOST_TRIES} times while they analysed {len(waiting)} groups of"
        " domains: is there enough memory? Try workers=1"
    )


def _in_processes(waiting: dict[int, Group], count: int) -> Iterator[Answers]:
    """Yield answers and remove their groups; those of a killed process stay waiting."""
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(answers_of_group, group): group for group in waiting.values()}
        for future in as_completed(futures):
            try:
                found = future.result()
            except BrokenProcessPool:
                continue
            del waiting[futures[future].number]
            yield found


def _on_cluster(groups: list[Group], client: "Client") -> Iterator[Answers]:
    from distributed import as_completed as completed  # noqa: PLC0415 - an extra

    futures = client.map(answers_of_group, groups, pure=False)
    for _, found in completed(futures, with_results=True):  # type: ignore[no-untyped-call]
        yield found
