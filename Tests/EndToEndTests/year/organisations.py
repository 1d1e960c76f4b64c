"""The organisations and how their own mail and their services send."""
from streams import Stream, now_and_then, office_hours, steady, weekly
from world import Infrastructure


class Organisation:
    """A domain with what its mail looks like to receivers: envelope, key, share of signed mail."""

    def __init__(self, world, domain, volume, selector="s1", signs=1.0, strict=False, policy="none", office=True):
        self.world, self.domain, self.volume, self.selector = world, domain, volume * world.scale, selector
        self.signs, self.strict, self.office = signs, strict, office
        self.envelope = domain
        world.domains[domain] = {"strict": strict, "policy": policy}

    def signature(self, rng, result="pass"):
        return [(self.domain, self.selector, result)] if self.signs >= 1 or rng.random() < self.signs else []

    def stream(self, *arguments, **options):
        stream = Stream(self.domain, *arguments, **options)
        self.world.streams.append(stream)
        return stream

    def own(self, hosts, share=1.0, days=None, signed=None, extra=()):
        """The own path: SPF passes, most mail signed."""
        def flow(rng, day):
            dkim = self.signature(rng) if signed is None else (self.signature(rng) if signed else [])
            return dict(source=rng.choice(hosts), header=self.domain, envelope=self.envelope, spf=[(self.envelope, "pass")],
                        dkim=dkim + list(extra))
        daily = office_hours(self.volume * share) if self.office else steady(self.volume * share)
        return self.stream("own-ok", "own-path", daily, flow, days=days)


def unsigned(org, hosts, kind, daily, days=None, infra=None, envelope=None):
    """A host of the organisation that neither signs nor is in the SPF record: a web form, a department's server, a scanner."""
    def flow(rng, day):
        name = envelope or org.domain
        return dict(source=rng.choice(hosts), header=org.domain, envelope=name, spf=[(name, "softfail" if envelope is None else "none")], dkim=[])
    return org.stream("own-misconfigured", kind, daily, flow, days=days, infra=infra, hosts_each=1)


def service(org, infra, kind, daily, author=True, own_envelope=False, tenant=None, label=None, days=None, header=None):
    """A service: it signs with our key or not, and uses our envelope domain or its own."""
    envelope = "bounce." + org.domain if own_envelope else infra.spf
    header = header or org.domain
    dkim = [(org.domain, kind[:4] + "1", "pass")] if author else []
    dkim = dkim + [(tenant or infra.domain, "svc", "pass")]

    def flow(rng, day):
        return dict(source=rng.choice(infra.hosts), header=header, envelope=envelope, spf=[(envelope, "pass")], dkim=dkim)
    right = label or ("service-ok" if author or own_envelope else "service-misaligned")
    return org.stream(right, kind, daily, flow, infra=infra, days=days)


def build(world):
    rng, ops, zone = world.rng, world.operators, world.zone
    invented = lambda: "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(3))
    organisations = []
    esp = {role: Infrastructure(world, ops[role], 12, "service") for role in ("esp-own", "esp-signing", "esp-misaligned")}
    desk = Infrastructure(world, invented() + "-desk.example", 8, "service")
    poll = Infrastructure(world, invented() + "-poll.example", 6, "service")
    platform = {role: Infrastructure(world, ops[role], 30, "platform") for role in ("workspace", "office365")}
    for infra in list(esp.values()) + [desk, poll]:
        world.text(infra.spf, "v=spf1 ip4:%s/24 -all" % infra.hosts[0])
    includes = {"workspace": "_spf." + ops["workspace"], "office365": "spf." + ops["office365"]}
    for role, infra in platform.items():
        world.text(includes[role], "v=spf1 ip4:%s/24 -all" % infra.hosts[0])

    def own_hosts(org, count, extra=""):
        hosts = world.block(count)
        for number, host in enumerate(hosts):
            world.name(host, "mx%d.%s" % (number + 1, org.domain))
        world.text(org.domain, "v=spf1 %s %s-all" % (" ".join("ip4:" + host for host in hosts), extra))
        zone.append("%s. MX 10 mx1.%s." % (org.domain, org.domain))
        zone.append("%s. A %s" % (org.domain, hosts[0]))
        world.declare(org.domain + " servers", "own", addresses=hosts)
        return hosts

    # Office: own servers, a web form, a scanner, a newsletter with author DKIM.
    office = Organisation(world, "kontor.example", 210)
    hosts = own_hosts(office, 2)
    office.own(hosts)
    office.dept_base = hosts
    form = world.block(1)
    world.name(form[0], "www.kontor.example")
    zone.append("www.kontor.example. A %s" % form[0])
    unsigned(office, form, "web-form", now_and_then(2.2, world.between(0.75, 0.95)), envelope="www.kontor.example")
    scanner = [hosts[0].rsplit(".", 1)[0] + ".77"]
    unsigned(office, scanner, "neighbour-of-own", office_hours(2.5, 0))
    service(office, esp["esp-signing"], "newsletter", weekly(200 * world.scale))
    world.declare("kontor.example newsletter", "service", domains=[ops["esp-signing"]])
    organisations.append(office)

    # Hosted mail, first kind: one platform, a misaligned help desk.
    workspace = Organisation(world, "atelier.example", 180, selector="google" if ops["workspace"] == "google.com" else "k1")
    world.text(workspace.domain, "v=spf1 include:%s ~all" % includes["workspace"])
    zone.append("%s. MX 1 aspmx.%s." % (workspace.domain, ops["workspace"]))
    workspace.own(platform["workspace"].hosts)
    service(workspace, desk, "help-desk", office_hours(world.between(15, 30, 8, 40)), author=False)
    world.declare("atelier.example help desk", "service", domains=[desk.domain])
    default = DEFAULT(ops["workspace"])
    service(workspace, platform["workspace"], "default-signing", now_and_then(6, 0.35), author=False,
            tenant="atelier-shop-example.20230601." + default if default == "gappssmtp.com" else "atelier." + default, header="shop.atelier.example",
            label="service-misaligned")
    organisations.append(workspace)

    # Hosted mail, second kind: tenants with a default domain. Foreign tenants of the platform come with the criminals.
    tenant = Organisation(world, "lineal.example", 240, selector="selector1")
    world.text(tenant.domain, "v=spf1 include:%s -all" % includes["office365"])
    tenant.tenant = "lineal." + DEFAULT(ops["office365"])
    world.tenants.append(tenant.tenant)
    tenant.own(platform["office365"].hosts, extra=[(tenant.tenant, "selector1-lineal", "pass")])
    service(tenant, poll, "surveys", now_and_then(18, 0.4), author=False)
    organisations.append(tenant)
    tenant.platform, tenant.default = platform["office365"], DEFAULT(ops["office365"])

    # Shop: two e-mail services in order (own envelope; service's envelope), one misaligned.
    shop = Organisation(world, "laden.example", 75, selector="shop2026", policy="quarantine")
    shop_hosts = own_hosts(shop, 1, "include:%s " % esp["esp-own"].spf)
    shop.own(shop_hosts)
    service(shop, esp["esp-own"], "orders", steady(250 * world.scale), own_envelope=True)
    world.text("bounce.laden.example", "v=spf1 include:%s -all" % esp["esp-own"].spf)
    service(shop, esp["esp-signing"], "marketing", weekly(600 * world.scale, 3))
    service(shop, esp["esp-misaligned"], "coupons", now_and_then(world.between(40, 80, 20, 140), 0.4), author=False)
    world.declare("laden.example orders", "service", domains=[ops["esp-own"]])
    world.declare("laden.example marketing", "service", domains=["em." + ops["esp-signing"]])
    organisations.append(shop)
    shop.services = esp

    # Hoster of small domains: one shared pool, some customers sign; one has two SPF records.
    pool = Infrastructure(world, invented() + "-hosting.example", 12, "platform")
    world.text("spf." + pool.domain, "v=spf1 ip4:%s/24 -all" % pool.hosts[0])
    for number in range(6):
        small = Organisation(world, "werkstatt%d.example" % (number + 1), 15, selector="default", signs=1.0 if number < 4 else 0.0)
        world.text(small.domain, "v=spf1 include:spf.%s ~all" % pool.domain)
        two = number == 3
        if two:
            # A receiver that finds two SPF records says permerror to all mail: only the signature carries it.
            world.text(small.domain, "v=spf1 mx -all")
            small.stream("own-ok", "two-spf-records", office_hours(small.volume), lambda rng, day, small=small: dict(
                source=rng.choice(pool.hosts), header=small.domain, envelope=small.domain, spf=[(small.domain, "permerror")], dkim=small.signature(rng)))
            small.stream("own-misconfigured", "two-spf-records", now_and_then(1.5, 0.3), lambda rng, day, small=small: dict(
                source=rng.choice(pool.hosts), header=small.domain, envelope=small.domain, spf=[(small.domain, "permerror")], dkim=[]), infra=pool)
        else:
            small.own(pool.hosts)
        if number == 0:
            service(small, desk, "help-desk", now_and_then(2, 0.4), author=False)
        small.pool = pool
        organisations.append(small)

    # University: own pool, departments with servers of their own, a lot of forwarding and lists.
    uni = Organisation(world, "uni-nord.example", 450, selector="u1", signs=0.9)
    uni_hosts = own_hosts(uni, 4, "ip6:2001:db8:25::/64 ")
    world.name("2001:db8:25::25", "mx6.uni-nord.example")
    uni.own(uni_hosts + ["2001:db8:25::25"])
    library = Infrastructure(world, invented() + "-library.example", 4, "service")
    world.text(library.spf, "v=spf1 ip4:%s/24 -all" % library.hosts[0])
    service(uni, library, "library", office_hours(world.between(10, 20, 5, 30), 0.5), author=False)
    for name, mean in (("vet", 45), ("chem", 9), ("physik", 3), ("musik", 1.5), ("bio", 6)):
        dept = world.block(1)
        world.name(dept[0], "mail.%s.uni-nord.example" % name)
        unsigned(uni, dept, "department", office_hours(mean * max(world.scale, 0.3), 0.3), infra=None)
    organisations.append(uni)

    # Bank: strict alignment, reject; a subdomain's envelope; a key that breaks for some weeks.
    bank = Organisation(world, "sparbank.example", 270, selector="b1", strict=True, policy="reject")
    bank_hosts = own_hosts(bank, 2)
    broken = (int(world.days * 0.55), int(world.days * 0.55) + int(world.between(10, 25, 5, 40)))
    bank.own(bank_hosts, days=(0, broken[0]))
    bank.own(bank_hosts, days=(broken[1], world.days))
    for label, kind, envelope in (("own-ok", "broken-key", bank.domain), ("own-misconfigured", "broken-key", "mailer." + bank.domain)):
        share = 0.8 if label == "own-ok" else 0.2
        bank.stream(label, kind, office_hours(bank.volume * share), lambda rng, day, envelope=envelope: dict(
            source=rng.choice(bank_hosts), header=bank.domain, envelope=envelope, spf=[(envelope, "pass")],
            dkim=[(bank.domain, "b1", "fail")]), days=broken)
    bank.stream("own-misconfigured", "strict", now_and_then(9, 0.6), lambda rng, day: dict(
        source=rng.choice(bank_hosts), header=bank.domain, envelope="mailer." + bank.domain, spf=[("mailer." + bank.domain, "pass")], dkim=[]))
    world.text("mailer.sparbank.example", "v=spf1 ip4:%s ip4:%s -all" % tuple(bank_hosts))
    organisations.append(bank)

    recruiter = Infrastructure(world, invented() + "-jobs.example", 3, "service")
    world.text(recruiter.spf, "v=spf1 ip4:%s/24 -all" % recruiter.hosts[0])
    service(bank, recruiter, "recruiting", now_and_then(6, 0.5), author=False)
    branch = world.block(2)
    for number, host in enumerate(branch):
        world.name(host, "branch%d.sparbank.example" % number)
    unsigned(bank, branch, "department", office_hours(4, 0))

    # A key that rotates is no event: half a year s1, then s2. The host of volume that signs nothing is the merchandise system.
    clinic = Organisation(world, "klinik.example", 120)
    clinic_hosts = own_hosts(clinic, 2)
    half = world.days // 2
    clinic.own(clinic_hosts, days=(0, half))
    clinic.stream("own-ok", "rotated-key", office_hours(clinic.volume), lambda rng, day: dict(
        source=rng.choice(clinic_hosts), header=clinic.domain, envelope=clinic.domain, spf=[(clinic.domain, "pass")],
        dkim=[(clinic.domain, "s2", "pass")]), days=(half, world.days))
    plain = world.block(1)
    unsigned(clinic, plain, "unsigned-of-volume", office_hours(world.between(12, 20, 8, 30), 0))
    organisations.append(clinic)

    # Parked domain: no mail of its own.
    parked = Organisation(world, "geparkt.example", 0, policy="reject")
    world.text(parked.domain, "v=spf1 -all")
    organisations.append(parked)

    # A Japanese firm on a provider that signs with its own domain only.
    provider = Infrastructure(world, invented() + "-server.example", 8, "platform")
    world.text("spf." + provider.domain, "v=spf1 ip4:%s/24 -all" % provider.hosts[0])
    firm = Organisation(world, "seisaku.example", 135, signs=0.0)
    world.text(firm.domain, "v=spf1 include:spf.%s ~all" % provider.domain)
    firm.own(provider.hosts, extra=[(provider.domain, "default", "pass")])
    organisations.append(firm)
    return organisations


def DEFAULT(operator):
    from world import DEFAULT_TENANTS
    return DEFAULT_TENANTS.get(operator, "tenants." + operator)
