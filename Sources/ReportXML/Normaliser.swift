import DMARC

/// Reads the closed vocabularies of reports as their senders write them, and says where that was not as a standard has it.
///
/// Source: RFC 7489 App. C, RFC 9990 §3.1, RFC 8601 §2.7; the aliases are what reporters were seen to send.
struct Normaliser {
  /// What became of a reported word.
  struct Reading<Value> {
    var value: Value
    var warning: ReportWarning.Code?
  }

  static func disposition(_ raw: String) -> Reading<Disposition> {
    read(raw, as: Disposition.self, otherwise: .unknown)
  }

  /// Anything that is not `pass` failed: a word that no standard knows must never let mail count as authenticated.
  static func aligned(_ raw: String) -> Reading<AlignedResult> { read(raw, as: AlignedResult.self, otherwise: .fail) }

  static func authResult(_ raw: String) -> Reading<AuthResult> {
    if raw.lowercased() == "hardfail" { return Reading(value: .fail, warning: .enumerationNormalised) }
    return read(raw, as: AuthResult.self, otherwise: .unknown)
  }

  static func overrideType(_ raw: String) -> Reading<OverrideType> {
    read(raw, as: OverrideType.self, otherwise: .other)
  }

  /// An empty or `nil` policy is an absent one, not `none`: an absent `sp` means "as p".
  static func policy(_ raw: String) -> Reading<RequestedPolicy?> {
    if raw.isEmpty || raw.lowercased() == "nil" { return Reading(value: nil, warning: .enumerationNormalised) }
    let reading = read(raw, as: RequestedPolicy.self, otherwise: .none)
    return Reading(value: reading.warning == .unknownValue ? nil : reading.value, warning: reading.warning)
  }

  static func alignmentMode(_ raw: String) -> Reading<AlignmentMode?> {
    switch raw.lowercased() {
    case "r", "s":
      Reading(
        value: AlignmentMode(rawValue: raw.lowercased()),
        warning: raw.first?.isUppercase == true ? .enumerationNormalised : nil)
    case "relaxed": Reading(value: .relaxed, warning: .enumerationNormalised)
    case "strict": Reading(value: .strict, warning: .enumerationNormalised)
    default: Reading(value: nil, warning: raw.isEmpty ? .enumerationNormalised : .unknownValue)
    }
  }

  /// `<>` is how SMTP writes a null sender; as a domain it is empty.
  static func nullableSender(_ raw: String) -> Reading<String> {
    raw == "<>" ? Reading(value: "", warning: .enumerationNormalised) : Reading(value: raw, warning: nil)
  }

  /// Lower-case for the small open vocabularies (`scope`, `testing`, `discovery_method`).
  static func word(_ raw: String) -> Reading<String> {
    let folded = raw.lowercased()
    return Reading(value: folded, warning: folded == raw ? nil : .enumerationNormalised)
  }

  private static func read<Value: RawRepresentable<String>>(
    _ raw: String, as type: Value.Type, otherwise fallback: Value
  ) -> Reading<Value> {
    if let value = Value(rawValue: raw) { return Reading(value: value, warning: nil) }
    if let value = Value(rawValue: raw.lowercased()) { return Reading(value: value, warning: .enumerationNormalised) }
    return Reading(value: fallback, warning: raw.isEmpty ? .enumerationNormalised : .unknownValue)
  }
}
