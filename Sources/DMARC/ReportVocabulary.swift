/// What the receiver did with the messages (RFC 7489 App. C, RFC 9990 §3.1.1.9; `pass` is new in RFC 9990).
public enum Disposition: String, Sendable, Hashable, CaseIterable {
  case none, pass, quarantine, reject
  /// A value that no standard defines; a warning keeps the reported text.
  case unknown
}

/// A policy that a domain owner requests with `p`, `sp` or `np` (RFC 9989 §4.7).
public enum RequestedPolicy: String, Sendable, Hashable, CaseIterable {
  case none, quarantine, reject
}

/// The alignment mode: how closely a domain must match the From domain (`adkim`, `aspf`; RFC 7489 §3.1).
public enum AlignmentMode: String, Sendable, Hashable, CaseIterable {
  case relaxed = "r"
  case strict = "s"
}

/// The DMARC result of one mechanism: `pass` means that it passed and is aligned (RFC 7489 §7.2).
public enum AlignedResult: String, Sendable, Hashable, CaseIterable {
  case pass, fail
}

/// The result of a DKIM or SPF check (RFC 8601 §2.7.1 and §2.7.2).
public enum AuthResult: String, Sendable, Hashable, CaseIterable {
  case none, pass, fail, policy, neutral, softfail, temperror, permerror
  /// An old word that RFC 7489 App. C explains as `permerror`; some receivers mean `temperror`.
  case error
  /// An old word that RFC 7489 App. C explains as `temperror`, or a word that no standard defines. It never counts as a pass.
  case unknown

  /// Whether the check failed for now: `temperror`, or a word for it.
  public var isTemporary: Bool { self == .temperror || self == .unknown }

  /// Whether the check can never succeed: `permerror`, or the old word for it.
  public var isPermanent: Bool { self == .permerror || self == .error }

  /// Whether receivers mean different things by this word.
  public var isAmbiguous: Bool { self == .error || self == .unknown }
}

/// Why the disposition differs from the published policy (RFC 7489 App. C, RFC 9990 §3.1.6).
public enum OverrideType: String, Sendable, Hashable, CaseIterable {
  case forwarded
  case sampledOut = "sampled_out"
  case trustedForwarder = "trusted_forwarder"
  case mailingList = "mailing_list"
  case localPolicy = "local_policy"
  case policyTestMode = "policy_test_mode"
  case other
}

/// The schema that a report resembles. It does not influence parsing.
public enum ReportDialect: String, Sendable, Hashable, CaseIterable {
  /// The dmarc.org draft schema, before RFC 7489.
  case draft = "dmarc.org-0.1"
  case rfc7489
  case rfc9990
}
