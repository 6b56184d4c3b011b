"""Each failing reporter is compared with every other one."""

from support.made_reports import failure, month, policy, tables

from tlsrpt_analysis.analyses.selective.columns import PAIRS, no_rows
from tlsrpt_analysis.analyses.selective.comparison import Comparer
from tlsrpt_analysis.analyses.selective.counts import domain_counts
from tlsrpt_analysis.analyses.selective.reporter_faults import faults_of


def compared(*reports):
    """Return the comparisons of all faults."""
    counts = domain_counts(tables(*reports))
    (strata,) = counts.strata()
    faults = faults_of(strata, counts.calendar, counts.causes)
    (pairs,) = Comparer.of(strata, counts.causes).pairs(faults)
    return pairs


def failing(failures, sessions=100, *, reporter="Microsoft", days=10):
    """Return days on each of which as many sessions fail."""
    return month(
        policy(sessions - failures, failures, failure(failures)), reporter=reporter, days=days
    )


def clean(sessions=100, *, days=10):
    """Return days without a failure."""
    return month(policy(sessions), days=days)


def test_comparisons_have_the_columns_that_are_declared():
    """With their types, whether there are any or not."""
    assert compared(*failing(20), *clean()).dtypes.to_dict() == no_rows(PAIRS).dtypes.to_dict()


def test_another_reporter_counts_when_five_failures_were_to_be_expected():
    """At the failing one's share of a tenth: fifty sessions are enough, and forty are not."""
    assert compared(*failing(10), *clean(5)).is_comparable.tolist() == [True]
    assert compared(*failing(10), *clean(4)).is_comparable.tolist() == [False]


def test_another_reporter_counts_from_three_days_on():
    """However many sessions it has."""
    assert compared(*failing(10), *clean(1000, days=3)).is_comparable.tolist() == [True]
    assert compared(*failing(10), *clean(1000, days=2)).is_comparable.tolist() == [False]


def test_a_clean_reporter_fails_at_most_a_tenth_as_often():
    """Two of a hundred against twenty, and not three."""

    def is_cleaner(failures):
        pairs = compared(*failing(20), *failing(failures, reporter="Google"))
        return pairs["is_cleaner"].tolist()[-1]

    assert is_cleaner(2)
    assert not is_cleaner(3)


def test_a_clean_reporter_lacks_half_of_what_may_be_the_same_fault():
    """Microsoft fails in a quarter, and Google by another name in an eighth or a little more."""

    def is_cleaner(failures):
        other_name = policy(64, failures, failure(failures, "certificate-not-trusted"))
        pairs = compared(*failing(16, 64), *month(other_name, days=10))
        return pairs["is_cleaner"].tolist()[-1]

    assert is_cleaner(8)
    assert not is_cleaner(9)
