"""Two hundred hosts at once, a tenth of them silent."""

from lab.many import many_hosts, measure


def test_two_hundred_hosts_end_in_time_when_a_tenth_is_silent():
    """The probe waits for the silent ones together, not one after another."""
    with many_hosts() as lab:
        seconds, ends = measure(lab.options)
    assert ends == {"ok": 180, "banner-timeout": 10, "tcp-timeout": 10}
    assert seconds < 30
