"""Whether a careful person could tell what a stream is, from all reports ("reports"), with DNS ("look-ups"), or with the declarations as well
("declared"). None: nobody could tell. The criteria are about what was seen, not about any rule."""

REPORTS, LOOKUPS, DECLARED = "reports", "look-ups", "declared"


class Evidence:
    """What all organisations' reports together show of an operator's hosts: a relay is known by all the mail it passed on."""

    def __init__(self, streams):
        self.attested = sum(stream.attested for stream in streams)
        self.intact = sum(stream.intact for stream in streams if stream.label in RELAYED)
        self.intact_days = set().union(*(stream.intact_days for stream in streams if stream.label in RELAYED)) if streams else set()
        self.hosts_intact = {}
        for stream in streams:
            if stream.label in RELAYED and stream.intact:
                for host, count in stream.by_host.items():
                    self.hosts_intact[host] = self.hosts_intact.get(host, 0) + count


RELAYED = {"forwarded-intact", "forwarded-broken", "gateway", "mailing-list"}


def gather(streams):
    by_infra = {}
    for stream in streams:
        if stream.infra is not None:
            by_infra.setdefault(stream.infra, []).append(stream)
    return {infra: Evidence(of) for infra, of in by_infra.items()}


def decidable(stream, evidence):
    """Judges a stream. `evidence` is that of its infrastructure, or None."""
    return {
        "own-ok": always, "service-ok": always, "receiver-error": always, "own-misconfigured": own_misconfigured,
        "service-misaligned": service_misaligned, "forwarded-intact": always, "forwarded-broken": relay_that_breaks,
        "gateway": relay_that_breaks, "mailing-list": mailing_list, "abuse": abuse, "replay": replay, "platform-abuse": platform_abuse,
    }[stream.label](stream, evidence)


def always(stream, evidence):
    # An aligned pass of the organisation's usual path; a signature that survives on another one; a receiver that reports a temperror.
    return REPORTS


def own_misconfigured(stream, evidence):
    days, reporters = len(stream.seen_days), len(stream.seen_reporters)
    if stream.kind in ("broken-key", "strict", "two-spf-records"):
        return REPORTS  # the same hosts pass otherwise
    if stream.kind in ("department", "web-form"):
        # Only the owner can publish a name below his domain; with an envelope of his own www. the reports say it, too, once it is steady.
        return LOOKUPS if days >= 5 and stream.messages >= 10 else None
    # A neighbour of the own servers, and a host of volume on working days for weeks, are "ask first", which needs weeks.
    if stream.kind == "neighbour-of-own":
        return REPORTS if days >= 10 and reporters >= 2 else None
    return None


def service_misaligned(stream, evidence):
    # The same domain passes again and again, over weeks and at several receivers.
    return REPORTS if len(stream.seen_days) >= 5 and stream.messages >= 10 and len(stream.seen_reporters) >= 2 else None


def relay_that_breaks(stream, evidence):
    # The same hosts delivered intact mail of somebody's on several days, or receivers attest them repeatedly: reports alone show it.
    # With DNS: the name is that of a known operator of such relays.
    if evidence.intact >= 10 and len(evidence.intact_days) >= 5 or evidence.attested >= 3:
        return REPORTS
    if stream.infra.in_table and stream.infra.named:
        return LOOKUPS
    return None


def mailing_list(stream, evidence):
    if evidence.attested >= 3 or evidence.intact >= 10 and len(evidence.intact_days) >= 5:
        return REPORTS
    labelled = stream.infra.domain.split(".")[0] in ("lists", "list", "mailman") or stream.infra.in_table
    # A list's own domain passes, is called a list, and keeps coming for weeks.
    if labelled and "rewrites" in stream.kind and "keeps-envelope" not in stream.kind and len(stream.seen_days) >= 10:
        return REPORTS
    return LOOKUPS if labelled and stream.infra.named and len(stream.seen_days) >= 10 else None


def abuse(stream, evidence):
    hosts, days = len(stream.seen_hosts), len(stream.seen_days)
    if stream.kind == "copied-signature":
        # One host could be a relay with a footer; five never-seen hosts within four weeks, none with any intact mail, are not.
        return REPORTS if hosts >= 5 and days <= 28 else None
    if stream.kind == "single":
        return REPORTS if stream.signs >= 0.95 else None  # a domain that signs all its mail cannot have an unsigned forward
    return REPORTS


def replay(stream, evidence):
    # Hundreds of copies from dozens of never-seen hosts within two days. A drip looks like forwarding.
    return REPORTS if stream.messages >= 400 and len(stream.seen_hosts) >= 20 and len(stream.seen_days) <= 4 else None


def platform_abuse(stream, evidence):
    # The platform names the foreign customer. Without that, only the shared pool speaks, as it does for us.
    if stream.kind == "foreign-tenant":
        return DECLARED
    return REPORTS if stream.kind == "service-customer" else None
