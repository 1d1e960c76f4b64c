"""What passes mail on: forwarders, the gateways of recipients, and mailing lists."""
from streams import now_and_then, poisson
from world import Infrastructure, invented_name


def passed_on(org, infra, envelope, breaks, signature=None):
    """Mail of an organisation after a relay: `breaks` of the signatures are lost; `envelope` is None if the own one is kept."""
    def flow(rng, day):
        dkim = [(d, s, "fail") for d, s, _ in org.signature(rng)] if breaks else org.signature(rng)
        name = org.domain if envelope is None else envelope
        spf = [(name, "pass")] if envelope else [(name, "softfail" if org.domain.startswith(("werk", "atelier", "seis")) else "fail")]
        return dict(source=rng.choice(infra.hosts), header=org.domain, envelope=name, spf=spf, dkim=(signature or []) + dkim)
    return flow


def forwarders(world):
    ops, rng = world.operators, world.rng
    relays = []
    for domain in ops["forwarders"]:
        relays.append((Infrastructure(world, domain, 4, "forwarder", attested=0.5), "srs." + domain if rng.random() < 0.7 else None, "alias-service"))
    for domain in ops["mailboxes"]:
        relays.append((Infrastructure(world, domain, 6, "forwarder", attested=0.3), None, "mailbox-forward"))
    relays.append((Infrastructure(world, ops["workspace"], 8, "forwarder", attested=0.6), None, "mailbox-forward"))
    for _ in range(int(world.between(28, 40, 16, 56))):
        domain = invented_name(rng) + ".example"
        srs = rng.random() < 0.5
        named = rng.random() < 0.8
        relays.append((Infrastructure(world, domain, rng.choice([1, 1, 2]), "forwarder", named, attested=0.25 * (rng.random() < 0.5)),
                       domain if srs else None, "srs-forward" if srs else "dot-forward"))
    for _ in range(9):
        domain = "uni-%s.example" % invented_name(rng)
        relays.append((Infrastructure(world, domain, 2, "forwarder", attested=0.2), None, "university-forward"))
    return relays


def gateways(world):
    ops, rng = world.operators, world.rng
    found = [Infrastructure(world, domain, 5, "gateway", attested=0.1) for domain in ops["gateways"]]
    for _ in range(int(world.between(14, 20, 8, 26))):
        found.append(Infrastructure(world, invented_name(rng) + "-filter.example", rng.choice([1, 2]), "gateway", rng.random() < 0.7,
                                    attested=0.3 * (rng.random() < 0.3)))
    return found


def lists(world):
    ops, rng = world.operators, world.rng
    found = [(Infrastructure(world, ops["list"], 3, "list", attested=0.6), True, True)]
    for _ in range(int(world.between(10, 14, 6, 18))):
        name = rng.choice(["lists.", "list.", "", "mailman."]) + invented_name(rng) + ".example"
        found.append((Infrastructure(world, name, rng.choice([1, 1, 2]), "list", attested=rng.choice([0, 0.3, 0.8, 0.8])),
                      rng.random() < 0.8, rng.random() < 0.85))
    return found


def build(world, organisations):
    """Each organisation writes to people behind some of the relays; the university to most."""
    rng = world.rng
    all_forwarders, all_gateways, all_lists = forwarders(world), gateways(world), lists(world)
    for org in organisations:
        if not org.volume:
            continue
        wide = org.domain.startswith("uni")
        size = min(3.0, max(0.35, org.volume / 180 / org.world.scale))
        for infra, envelope, kind in rng.sample(all_forwarders, min(len(all_forwarders), 20 if wide else max(4, int(11 * min(size, 1))))):
            if kind == "mailbox-forward" and infra.domain == world.operators["workspace"] and org.domain.startswith("atelier"):
                continue
            mean, chance = world.between(1.2, 4, 0.8, 6) * size, world.between(0.06, 0.5, 0.04, 0.7) * (1.6 if wide else 1)
            if org.signs > 0:
                org.stream("forwarded-intact", kind, now_and_then(mean, chance), passed_on(org, infra, envelope, False), infra=infra)
            if org.signs == 0:
                org.stream("forwarded-broken", "unsigned-" + kind, now_and_then(mean, chance), passed_on(org, infra, envelope, True), infra=infra)
            elif rng.random() < 0.5:
                org.stream("forwarded-broken", kind, now_and_then(mean, chance * world.between(0.2, 0.5, 0.1, 0.7)),
                           passed_on(org, infra, envelope, True), infra=infra)
        if org.signs == 0:
            continue
        # A gateway may break everything, or only what it disarms: then the rest shows that it relays our mail. Some stand before hosted mail.
        for infra in rng.sample(all_gateways, min(len(all_gateways), 7 if wide else max(2, int(5 * min(size, 1))))):
            breaks = rng.choice([1.0, 0.9, 0.6, 0.3])
            mean = world.between(1, 4, 0.7, 7) * size * (3 if rng.random() < 0.15 else 1)
            chance = world.between(0.15, 0.8, 0.1, 0.9)
            to = rng.choice([None, ["outlook.com"], ["outlook.com", "google.com"]])
            envelope = None if rng.random() < 0.75 else "rewrite." + infra.domain
            org.stream("gateway", "breaks", now_and_then(mean * breaks, chance), passed_on(org, infra, envelope, True), infra=infra, reporters=to)
            if breaks < 1:
                org.stream("gateway", "passes", now_and_then(mean * (1 - breaks), chance), passed_on(org, infra, envelope, False), infra=infra,
                           reporters=to)
        for infra, rewrites, modifies in rng.sample(all_lists, min(len(all_lists), 6 if wide else rng.choice([0, 1, 2, 2]))):
            envelope = ("bounces." + infra.domain) if rewrites else None
            mean = world.between(2, 8, 1, 15) * (2 if wide else 1)
            signature = [(infra.domain, "list", "pass")] if rewrites and rng.random() < 0.6 else None
            def posts(rng, day, mean=mean):
                return poisson(rng, mean) * rng.choice([1, 1, 3]) if rng.random() < 0.35 else 0
            kind = ("modifies" if modifies else "keeps-body") + ("-rewrites" if rewrites else "-keeps-envelope")
            org.stream("mailing-list", kind, posts, passed_on(org, infra, envelope, modifies, signature), infra=infra)
