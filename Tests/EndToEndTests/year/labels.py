"""What a verdict is worth for a true label: the one table that all figures come from."""

FORWARDING = {"forwarded", "forwarded-modified", "mailing-list"}
UNKNOWN = "unknown-unauthenticated"
REPLAY = "dkim-replay-suspected"

# For each true label: the verdicts that are right; those that have another name but harm nobody (left unflagged); whether a person who is asked
# about it has been asked for good reason.
LABELS = {
    #                      right                                              harmless                            worth asking
    "own-ok":             ({"aligned", "own-misconfigured"},                  {"forwarded", "receiver-error"},    False),
    "own-misconfigured":  ({"own-misconfigured", "subdomain-alignment"},      {"aligned"},                        True),
    "service-ok":         ({"aligned"},                                       {"forwarded"},                      False),
    "service-misaligned": ({"misaligned-service"},                            set(),                              True),
    "forwarded-intact":   ({"forwarded"},                                     {"aligned"},                        False),
    "forwarded-broken":   ({"forwarded", "forwarded-modified"},               {"mailing-list"},                   False),
    "gateway":            ({"forwarded", "forwarded-modified"},               {"mailing-list", "aligned"},        False),
    "mailing-list":       ({"mailing-list"},                                  {"forwarded", "forwarded-modified"}, False),
    "abuse":              ({UNKNOWN, REPLAY},                                 set(),                              True),
    "replay":             ({REPLAY},                                          set(),                              True),
    # Mail that passes by a shared include is "aligned" for every rule; what counts is that a person is asked.
    "platform-abuse":     ({UNKNOWN, "aligned"},                              set(),                              True),
    "receiver-error":     ({"receiver-error"},                                {"aligned", "own-misconfigured"},   False),
}
RELAYED = {"forwarded-intact", "forwarded-broken", "gateway", "mailing-list"}
ABUSIVE = {"abuse", "replay", "platform-abuse"}
OWN = {"own-ok", "own-misconfigured", "service-ok", "service-misaligned", "receiver-error"}

RIGHT, HARMLESS, WRONG_NAME, NEEDLESS, WRONG = "right", "harmless name", "asks, wrong name", "asks needlessly", "wrong"


def accuses(row):
    """Whether a verdict says that nobody of ours is behind the mail. "Undecided" with low confidence only asks."""
    return row.verdict == REPLAY or row.verdict == UNKNOWN and row.confidence != "low"


def judged(row):
    """The worth of a verdict on one row."""
    right, harmless, worth = LABELS[row.label]
    if row.label == "platform-abuse" and row.verdict == "aligned":
        return RIGHT if row.flagged else WRONG
    if row.verdict in right:
        if row.label == "abuse" or row.label == "replay":
            return RIGHT if row.flagged else WRONG
        return NEEDLESS if row.flagged and not worth else RIGHT
    if row.flagged:
        # To be told that one's own mail or a harmless relay is a criminal is wrong, though a person is asked.
        return WRONG if not worth and accuses(row) or row.label in OWN and row.subtype == "spoof-suspected" else WRONG_NAME
    return HARMLESS if row.verdict in harmless else WRONG


# Figures of verdicts: name -> (labels that it is about, whether a verdict claims it, rows that are neither a hit nor a mistake).
CLAIMS = {
    "forwarding": (RELAYED, lambda row: row.verdict in FORWARDING, lambda row: False),
    # Abuse through a platform is found or not, but calling it unknown is no mistake; "undecided" about one's own unsigned host is a question.
    "abuse": ({"abuse", "replay"}, lambda row: row.verdict in (UNKNOWN, REPLAY),
              lambda row: row.label == "platform-abuse" or row.label in ("own-misconfigured", "service-misaligned") and row.confidence == "low"),
    "replay": ({"replay"}, lambda row: row.verdict == REPLAY, lambda row: False),
    "misaligned service": ({"service-misaligned"}, lambda row: row.verdict == "misaligned-service", lambda row: row.label == "platform-abuse"),
    # A key that fails while SPF carries the mail is in order for DMARC: naming it a mistake of one's own is no false alarm.
    "own mistakes": ({"own-misconfigured"}, lambda row: row.verdict in ("own-misconfigured", "subdomain-alignment"),
                     lambda row: row.label in ("own-ok", "receiver-error", "service-ok", "platform-abuse")),
}

# Goals: figure -> (at least or at most, value in percent or number). By message unless it says "source".
GOALS = {
    "forwarding precision": (">=", 97), "forwarding recall": (">=", 95), "abuse precision": (">=", 93), "abuse recall": (">=", 95),
    "replay recall": (">=", 90), "replay recall, source": (">=", 80), "misaligned service precision, source": (">=", 90),
    "own mistakes recall, source": (">=", 80), "own mistakes precision, source": (">=", 90),
    "needless forwarded-broken": ("<=", 10), "needless mailing-list": ("<=", 10), "needless gateway": ("<=", 10),
    "flagged worth it": (">=", 90), "unknown-senders worth it": (">=", 85), "unknown-senders first 20": (">=", 95),
    "abusive sources called harmless": ("<=", 0), "own sources called spoofing": ("<=", 0),
}
