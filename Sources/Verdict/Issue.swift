/// Something that is wrong beside the verdict. The raw values are stored and printed, never renamed.
public enum Issue: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  case dkimMissing = "dkim-missing"
  case dkimBroken = "dkim-broken"
  case dkimTemperror = "dkim-temperror"
  case dkimPermerror = "dkim-permerror"
  case dkimNotAligned = "dkim-not-aligned"
  case dkimThirdPartyOnly = "dkim-third-party-only"
  case sharedSPFUnsigned = "shared-spf-unsigned"
  case spfNotAligned = "spf-not-aligned"
  case spfFailOwnEnvelope = "spf-fail-own-envelope"
  case spfTemperror = "spf-temperror"
  case spfPermerror = "spf-permerror"

  /// As it is stored and printed.
  public var description: String { rawValue }
}
