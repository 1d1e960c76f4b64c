import DMARC

/// Reads the closed vocabularies of reports as their senders write them, and says where that was not as a standard has it.
///
/// Source: RFC 7489 App. C, RFC 9990 §3.1, RFC 8601 §2.7; the aliases are what reporters were seen to send.
struct Normaliser {
  /// What became of a reported word.
  struct Normalised<Value> {
    var value: Value
    var warning: ReportWarning.Code?
  }

  static func disposition(_ raw: String) -> Normalised<Disposition> {
    read(raw, as: Disposition.self, otherwise: .unknown)
  }

  /// Anything that is not `pass` failed: a word that no standard knows must never let mail count as authenticated.
  static func aligned(_ raw: String) -> Normalised<AlignedResult> {
    read(raw, as: AlignedResult.self, otherwise: .fail)
  }

  static func authResult(_ raw: String) -> Normalised<AuthResult> {
    if raw.lowercased() == "hardfail" { return Normalised(value: .fail, warning: .enumerationNormalised) }
    return read(raw, as: AuthResult.self, otherwise: .unknown)
  }

  static func overrideType(_ raw: String) -> Normalised<OverrideType> {
    read(raw, as: OverrideType.self, otherwise: .other)
  }

  /// An empty or `nil` policy is an absent one, not `none`: an absent `sp` means "as p".
  static func policy(_ raw: String) -> Normalised<RequestedPolicy?> {
    if raw.isEmpty || raw.lowercased() == "nil" { return Normalised(value: nil, warning: .enumerationNormalised) }
    let normalised = read(raw, as: RequestedPolicy.self, otherwise: .none)
    return Normalised(value: normalised.warning == .unknownValue ? nil : normalised.value, warning: normalised.warning)
  }

  static func alignmentMode(_ raw: String) -> Normalised<AlignmentMode?> {
    switch raw.lowercased() {
    case "r", "s":
      Normalised(
        value: AlignmentMode(rawValue: raw.lowercased()),
        warning: raw.first?.isUppercase == true ? .enumerationNormalised : nil)
    case "relaxed": Normalised(value: .relaxed, warning: .enumerationNormalised)
    case "strict": Normalised(value: .strict, warning: .enumerationNormalised)
    default: Normalised(value: nil, warning: raw.isEmpty ? .enumerationNormalised : .unknownValue)
    }
  }

  /// `<>` is how SMTP writes a null sender; as a domain it is empty.
  static func nullableSender(_ raw: String) -> Normalised<String> {
    raw == "<>" ? Normalised(value: "", warning: .enumerationNormalised) : Normalised(value: raw, warning: nil)
  }

  /// Lower-case for the small open vocabularies (`scope`, `testing`, `discovery_method`).
  static func word(_ raw: String) -> Normalised<String> {
    let folded = raw.lowercased()
    return Normalised(value: folded, warning: folded == raw ? nil : .enumerationNormalised)
  }

  private static func read<Value: RawRepresentable<String>>(
    _ raw: String, as type: Value.Type, otherwise fallback: Value
  ) -> Normalised<Value> {
    if let value = Value(rawValue: raw) { return Normalised(value: value, warning: nil) }
    if let value = Value(rawValue: raw.lowercased()) {
      return Normalised(value: value, warning: .enumerationNormalised)
    }
    return Normalised(value: fallback, warning: raw.isEmpty ? .enumerationNormalised : .unknownValue)
  }
}
