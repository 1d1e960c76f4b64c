import DMARC

/// Maps reported words to the closed vocabularies, with a warning for words that no standard defines.
///
/// Source: RFC 7489 App. C, RFC 9990 §3.1, RFC 8601 §2.7. The aliases were seen in real reports.
struct Normaliser {
  /// The value of a reported word, with a warning if the word is not standard.
  struct Normalised<Value> {
    var value: Value
    var warning: ReportWarning.Code?
  }

  /// An empty disposition says nothing.
  static func disposition(_ raw: String) -> Normalised<Disposition?> {
    readIfSaid(raw, as: Disposition.self, otherwise: .unknown)
  }

  /// Every known result except `pass` is a failure. Any other word means that nothing was evaluated.
  static func aligned(_ raw: String) -> Normalised<AlignedResult?> {
    let word = raw.lowercased()
    if AlignedResult(rawValue: word) != nil || raw.isEmpty {
      return readIfSaid(raw, as: AlignedResult.self, otherwise: .fail)
    }
    let isResult = word == "hardfail" || (AuthResult(rawValue: word).map { $0 != .unknown } ?? false)
    return Normalised(value: isResult ? .fail : nil, warning: .unknownValue)
  }

  /// An empty result says nothing. The old words `error` and `unknown` are kept, with a warning, because receivers mean different things.
  static func authResult(_ raw: String) -> Normalised<AuthResult?> {
    let word = raw.lowercased()
    if word == "hardfail" { return Normalised(value: .fail, warning: .enumerationNormalised) }
    if word == "error" || word == "unknown" {
      return Normalised(value: AuthResult(rawValue: word), warning: .unknownValue)
    }
    return readIfSaid(raw, as: AuthResult.self, otherwise: .unknown)
  }

  /// An empty type says nothing.
  static func overrideType(_ raw: String) -> Normalised<OverrideType?> {
    readIfSaid(raw, as: OverrideType.self, otherwise: .other)
  }

  /// An empty or `nil` policy is absent, not `none`: an absent `sp` means the same as `p`.
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

  /// SMTP writes the null sender as `<>`; its domain is empty.
  static func nullableSender(_ raw: String) -> Normalised<String> {
    raw == "<>" ? Normalised(value: "", warning: .enumerationNormalised) : Normalised(value: raw, warning: nil)
  }

  /// Lower-case for the small open vocabularies (`scope`, `testing`, `discovery_method`).
  static func word(_ raw: String) -> Normalised<String> {
    let folded = raw.lowercased()
    return Normalised(value: folded, warning: folded == raw ? nil : .enumerationNormalised)
  }

  /// The value of a word; nil for an empty one.
  private static func readIfSaid<Value: RawRepresentable<String>>(
    _ raw: String, as type: Value.Type, otherwise fallback: Value
  ) -> Normalised<Value?> {
    if raw.isEmpty { return Normalised(value: nil, warning: .enumerationNormalised) }
    let normalised = read(raw, as: type, otherwise: fallback)
    return Normalised(value: normalised.value, warning: normalised.warning)
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
