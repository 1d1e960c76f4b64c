"""A stream: mail of one behaviour under one domain, day by day, and what is seen of it."""
from reporters import REPORTERS, as_reported


def weekday(day):
    """0 is Monday; the year begins on a Wednesday."""
    return (day + 2) % 7


class Stream:
    """Mail of one kind. `flow` gives the authentication of one message: a dict of source, header, envelope, spf, dkim."""

    def __init__(self, org, label, kind, daily, flow, infra=None, days=None, reporters=None, hosts_each=2):
        self.org, self.label, self.kind, self.daily, self.flow = org, label, kind, daily, flow
        self.infra, self.days, self.reporters, self.hosts_each = infra, days, reporters, hosts_each
        self.messages = self.attested = self.intact = 0
        self.seen_days, self.seen_reporters, self.seen_hosts, self.intact_days, self.by_host = set(), set(), set(), set(), {}

    def count(self, day, reporter, count, dkim_pass, attested, source):
        self.messages += count
        self.seen_days.add(day)
        self.seen_reporters.add(reporter)
        self.seen_hosts.add(source)
        self.by_host[source] = self.by_host.get(source, 0) + count
        if dkim_pass:
            self.intact += count
            self.intact_days.add(day)
        if attested:
            self.attested += count


def poisson(rng, mean):
    if mean > 40:
        return max(0, round(rng.gauss(mean, mean ** 0.5)))
    limit, product, number = 2.718281828 ** -mean, rng.random(), 0
    while product > limit:
        product *= rng.random()
        number += 1
    return number


def office_hours(mean, weekend=0.15):
    return lambda rng, day: poisson(rng, mean * (1 if weekday(day) < 5 else weekend))


def steady(mean):
    return lambda rng, day: poisson(rng, mean)


def weekly(mean, on=1):
    return lambda rng, day: poisson(rng, mean) if weekday(day) == on else 0


def now_and_then(mean, chance):
    return lambda rng, day: poisson(rng, mean) if rng.random() < chance else 0


def run(world):
    """Lets all streams run through the year."""
    rng = world.rng
    weights = [reporter.weight for reporter in REPORTERS]
    for day in range(world.days):
        for stream in world.streams:
            if stream.days and not stream.days[0] <= day < stream.days[1]:
                continue
            messages = stream.daily(rng, day)
            if messages <= 0:
                continue
            pool, shares = REPORTERS, weights
            if stream.reporters:
                pool = [reporter for reporter in REPORTERS if reporter.name in stream.reporters]
                shares = [reporter.weight for reporter in pool]
            to = {}
            for reporter in rng.choices(pool, shares, k=messages):
                to[reporter] = to.get(reporter, 0) + 1
            for reporter, count in to.items():
                if "weekdays" in reporter.quirks and weekday(day) >= 5:
                    continue
                parts = min(count, stream.hosts_each)
                for part in range(parts):
                    share = count // parts + (part < count % parts)
                    as_reported(world, reporter, day, stream, stream.flow(rng, day), share)
