/// What to tell the operator, by verdict and subtype.
public enum Advice {
  /// A sentence or two; the same words everywhere a verdict is shown.
  public static func text(_ verdict: Verdict, _ subtype: String) -> String {
    switch verdict {
    case .aligned: aligned(subtype)
    case .forwarded:
      "Nothing to fix. Never add the relay to SPF; keep signing every stream with DKIM."
    case .forwardedModified, .mailingList:
      "Not yours to fix. Count what a stricter policy would cost; the recipient's administrator can trust the relay."
    case .misalignedService:
      "At the service, authenticate your domain: first DKIM with your domain (usually a CNAME), then a custom return path. "
        + "An SPF include alone does not align."
    case .subdomainAlignment:
      "Relax adkim/aspf to r, or sign and send with exactly the From domain."
    case .ownMisconfigured: ownMisconfigured(subtype)
    case .receiverError: "Wait a report cycle and compare with other reporters; act only if it comes back."
    case .dkimReplaySuspected:
      "Rotate the selector, sign with a short x=, oversign From, To, Subject and Date, and look for the account that sent the original."
    case .unknownUnauthenticated:
      "Ask who owns it. If it is yours, declare it with `dmarcstat senders add` and set it up; "
        + "if it is nobody's, this is what p=quarantine or p=reject is for."
    }
  }

  private static func aligned(_ subtype: String) -> String {
    switch subtype {
    case "spf-only": "Sign this stream with DKIM before forwarding hurts it."
    case "dkim-only": "Nothing to fix. A custom return path would add SPF alignment."
    default: "Nothing to do."
    }
  }

  private static func ownMisconfigured(_ subtype: String) -> String {
    switch subtype {
    case "spf-permerror": "Repair the SPF record: one record, no syntax error, at most ten look-ups."
    case "dkim-permerror": "Publish the DKIM key again, under the selector that is used, in one valid record."
    case "dkim-broken":
      "Find what changes the mail after signing, or publish the key that the server really signs with."
    case "unsigned-not-in-spf": "Add the server's address to the SPF record, and sign its mail with DKIM."
    case "envelope-not-aligned": "Sign with DKIM for the From domain, or send with its domain in MAIL FROM."
    case "cross-domain": "Sign with DKIM for the From domain; a signature of another domain of yours does not align."
    default: "Sign the server's mail with DKIM for the From domain."
    }
  }
}
