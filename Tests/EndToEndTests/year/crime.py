"""Abuse: campaigns, snowshoe, bursts, look-alikes, singles, copied signatures, other tenants of shared platforms, and replays of signed mail."""
from streams import poisson
from world import Infrastructure, invented_name


def flow(hosts, header, spf, dkim=()):
    def one(rng, day):
        return dict(source=rng.choice(hosts), header=header, envelope=spf[0], spf=[spf], dkim=list(dkim))
    return one


def each_host(hosts, low, high):
    """So many messages in all that each host sends between the two numbers."""
    return lambda rng, day: sum(rng.randint(low, high) for _ in hosts)


def some(world):
    """Criminals reach some receivers only."""
    from reporters import REPORTERS
    return [reporter.name for reporter in world.rng.sample(REPORTERS, world.rng.randrange(5, 11))]


def often(world, yearly):
    """How often something of a yearly rate happens in this year."""
    return poisson(world.rng, yearly * world.days / 365)


def cloud(world, count, named=0.2):
    hosts = [world.stray() for _ in range(count)]
    for host in hosts:
        if world.rng.random() < named:
            world.name(host, "vps-%s.%s.example" % (host.replace(".", "-").replace(":", "-"), "cloudhaus"))
    return hosts


def begin(world, length, first=0.1):
    return world.rng.randrange(int(world.days * first), max(int(world.days * first) + 1, world.days - int(length) - 1))


def campaign(world, org):
    rng = world.rng
    hosts, length = cloud(world, int(world.between(15, 90, 12, 160))), rng.randrange(2, 6)
    day = begin(world, length)
    style = rng.choice(["own-envelope", "own-envelope", "no-domain", "foreign"])
    spf = {"own-envelope": (org.domain, "fail"), "no-domain": (invented_name(rng) + ".example", "none"),
           "foreign": (invented_name(rng) + ".example", "pass")}[style]
    dkim = [(spf[0], "x", "pass")] if style == "foreign" else []
    low, high = rng.choice([(1, 2), (1, 6), (3, 15)])
    org.stream("abuse", "campaign-" + style, each_host(hosts, low, high), flow(hosts, org.domain, spf, dkim), days=(day, day + length),
               reporters=some(world), hosts_each=400)


def snowshoe(world, org):
    rng = world.rng
    nets = [(100 << 24 | 64 << 16) + rng.randrange(1, 16000) * 256 for _ in range(4)]
    hosts = [".".join(str(nets[number % 4] + 5 + number >> shift & 255) for shift in (24, 16, 8, 0)) for number in range(int(world.between(50, 110, 30, 180)))]
    length = int(world.between(5, 21, 4, 35))
    day, domain = begin(world, length), invented_name(rng) + "-offers.example"
    for number, host in enumerate(hosts):
        world.name(host, "m%d.%s" % (number, domain))
    total = world.between(500, 1600, 300, 2500) / length
    org.stream("abuse", "snowshoe", lambda rng, day: poisson(rng, total), flow(hosts, org.domain, (domain, "pass"), [(domain, "k", "pass")]),
               days=(day, day + length), reporters=some(world), hosts_each=8)


def burst(world, org):
    rng = world.rng
    host, day = cloud(world, 1), begin(world, 2)
    spf = rng.choice([(org.domain, "fail"), (invented_name(rng) + ".example", "pass"), (invented_name(rng) + ".example", "none")])
    many = int(world.between(150, 700, 80, 1500))
    org.stream("abuse", "burst", lambda rng, day: many, flow(host, org.domain, spf), days=(day, day + 1), reporters=some(world))


def look_alike(world, org):
    rng = world.rng
    name = org.domain.split(".")[0]
    place = rng.randrange(1, len(name))
    domain = rng.choice([name[:place] + name[place - 1] + name[place:], name.replace("i", "l") if "i" in name else name + "s", name[:place] + "-" + name[place:]]) + ".example"
    hosts, length = cloud(world, rng.randrange(1, 4), 0), int(world.between(6, 14, 5, 25))
    for host in hosts:
        world.name(host, "mail." + domain)
    day = begin(world, length)
    org.stream("abuse", "look-alike", lambda rng, day: poisson(rng, 8), flow(hosts, org.domain, (domain, "pass"), [(domain, "mail", "pass")]),
               days=(day, day + length), reporters=some(world))


def singles(world, org):
    rate = world.between(0.1, 0.35, 0.05, 0.5)

    def one(rng, day):
        host = world.stray()
        spf = rng.choice([(org.domain, "fail"), (invented_name(rng) + ".example", "none"), ("", "none")])
        return dict(source=host, header=org.domain, envelope=spf[0] or None, spf=[spf] if spf[0] else [], dkim=[])
    org.stream("abuse", "single", lambda rng, day: poisson(rng, rate), one)


def copied_signature(world, org):
    rng = world.rng
    hosts, length = cloud(world, int(world.between(10, 35, 6, 60))), int(world.between(5, 25))
    day = begin(world, length)
    rate = len(hosts) * 2.5 / length
    org.stream("abuse", "copied-signature", lambda rng, day: poisson(rng, rate),
               flow(hosts, org.domain, (org.domain, "fail"), [(org.domain, org.selector, "fail")]), days=(day, day + length), hosts_each=10)


def foreign_tenant(world, org):
    """Another customer of our mail platform writes as us: the shared include lets SPF pass, and the platform signs as that customer or not."""
    rng = world.rng
    tenant, length = invented_name(rng) + "ltd." + org.default, int(world.between(3, 14, 2, 30))
    day = begin(world, length)
    for signed in (True, False):
        org.stream("platform-abuse", "foreign-tenant" if signed else "shared-pool-unsigned", lambda rng, day: poisson(rng, 30),
                   flow(org.platform.hosts, org.domain, (org.domain, "pass"), [(tenant, "selector1-x", "pass")] if signed else []),
                   days=(day, day + length), infra=org.platform)


def other_customer(world, org):
    """Another customer of the hoster's pool: SPF passes by the shared include, nothing else tells him from us."""
    day = begin(world, 10)
    org.stream("platform-abuse", "hoster-pool", lambda rng, day: poisson(rng, 8), flow(org.pool.hosts, org.domain, (org.domain, "pass")),
               days=(day, day + 10), infra=org.pool)


def service_customer(world, org):
    """Another customer of our e-mail service writes as us with its key and the service's envelope."""
    infra = org.services["esp-own"]
    customer, day = invented_name(world.rng) + ".example", begin(world, 4)
    org.stream("platform-abuse", "service-customer", lambda rng, day: poisson(rng, 60),
               flow(infra.hosts, org.domain, (infra.spf, "pass"), [(customer, "c1", "pass"), (infra.domain, "svc", "pass")]),
               days=(day, day + 3), infra=infra)


def replay(world, org, size):
    rng = world.rng
    hosts_low, hosts_high, low, high, length = {
        "large": (150, 220, 2200, 5000, 2), "medium": (100, 130, 400, 2000, 2), "drip": (5, 12, 100, 240, 20)}[size]
    if world.held_out:
        hosts_low, hosts_high, low, high = hosts_low // 2, hosts_high * 2, low, int(high * 1.5)
    hosts = cloud(world, rng.randrange(hosts_low, hosts_high))
    day, copies = begin(world, length, 0.2), rng.randrange(low, high) / length
    spf = rng.choice([(org.domain, "fail"), (invented_name(rng) + ".example", "pass"), (invented_name(rng) + ".example", "none")])
    org.stream("replay", size, lambda rng, day: poisson(rng, copies), flow(hosts, org.domain, spf, [(org.domain, org.selector, "pass")]),
               days=(day, day + length), hosts_each=150)


def build(world, organisations):
    for org in organisations:
        known = 1.6 if org.domain.startswith(("sparbank", "geparkt", "laden", "uni")) else 0.5 if org.domain.startswith("werkstatt") else 1
        for behaviour, yearly in ((campaign, 2.6), (snowshoe, 0.5), (burst, 1.5), (look_alike, 0.9), (copied_signature, 0.9)):
            if behaviour is copied_signature and org.signs == 0 or behaviour is copied_signature and not org.volume:
                continue
            for _ in range(often(world, yearly * known)):
                behaviour(world, org)
        singles(world, org)
        if org.signs > 0 and org.volume and not org.domain.startswith("werkstatt"):
            for size, yearly in (("large", 0.35), ("medium", 0.6), ("drip", 0.4)):
                for _ in range(often(world, yearly)):
                    replay(world, org, size)
        if hasattr(org, "default"):
            for _ in range(max(1, often(world, 3))):
                foreign_tenant(world, org)
        if hasattr(org, "pool"):
            for _ in range(often(world, 0.7)):
                other_customer(world, org)
        if hasattr(org, "services"):
            for _ in range(max(1, often(world, 2))):
                service_customer(world, org)
