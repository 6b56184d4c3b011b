"""Keep some pending mutants of a cosmic-ray session, chosen by chance but the same every time."""

import random
from argparse import ArgumentParser, Namespace

from cosmic_ray.tools.filters.filter_app import FilterApp
from cosmic_ray.work_db import WorkDB


class Sample(FilterApp):
    """Keeps as many mutants as are asked for."""

    def description(self) -> str:
        """Return what ``--help`` says."""
        return __doc__

    def add_args(self, parser: ArgumentParser) -> None:
        """Ask for the size of the sample and for its seed."""
        parser.add_argument("--count", type=int, default=200)
        parser.add_argument("--seed", type=int, default=0)

    def filter(self, work_db: WorkDB, args: Namespace) -> None:
        """Drop all others, and those that another filter skipped: `cr-rate` counts them as killed."""
        pending = sorted(work_db.pending_work_items, key=_place)
        sample = random.Random(args.seed).sample(pending, min(args.count, len(pending)))  # noqa: S311
        work_db.clear()
        work_db.add_work_items(sample)


def _place(item: object) -> list[tuple[str, str, int]]:
    return [
        (str(mutation.module_path), mutation.operator_name, mutation.occurrence)
        for mutation in item.mutations
    ]


if __name__ == "__main__":
    raise SystemExit(Sample().main())
