extension Verdict {
  /// The verdict, more closely; see ``Verdict/subtypes``. The raw values are stored and printed, never renamed.
  public enum Subtype: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case both
    case spfOnly = "spf-only"
    case dkimOnly = "dkim-only"
    case dkimSurvived = "dkim-survived"
    case unsigned
    case attested
    case gateway
    case forwarder
    case resender
    case unidentifiedRelay = "unidentified-relay"
    case pattern
    case declared
    case esp
    case defaultSigning = "default-signing"
    case sendAs = "send-as"
    case otherOrg = "other-org"
    case strict
    case unsignedNotInSPF = "unsigned-not-in-spf"
    case dkimBroken = "dkim-broken"
    case dkimPermerror = "dkim-permerror"
    case spfPermerror = "spf-permerror"
    case envelopeNotAligned = "envelope-not-aligned"
    case crossDomain = "cross-domain"
    case sharedInfrastructure = "shared-infrastructure"
    case temperror
    case inconsistentReport = "inconsistent-report"
    case burst
    case volume
    case nothingPasses = "nothing-passes"
    case foreignIdentity = "foreign-identity"
    case spoofSuspected = "spoof-suspected"
    case undecided
    case forwardedUnauthenticated = "forwarded-unauthenticated"

    /// As it is stored and printed.
    public var description: String { rawValue }
  }
}
