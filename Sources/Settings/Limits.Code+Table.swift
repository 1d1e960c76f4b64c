package import DMARC

/// The limits as users see them. Options, configuration keys and the tables of docs/limits.md follow from it.
extension Limits.Code {
  /// The key below `limits:` in the configuration.
  package var key: String { rawValue }

  /// The option, with its leading hyphens.
  package var option: String { "--" + optionName }

  /// The option, without its leading hyphens.
  package var optionName: String { "max-" + rawValue.replacing("_", with: "-") }

  /// The value if neither an option nor the configuration sets it.
  package var defaultValue: Int64 { Limits()[self] }

  /// The unit of the value, used as a placeholder in the help.
  package var unit: String {
    switch self {
    case .inflatedBytes, .mailBytes, .textBytes, .recordBytes: "bytes"
    case .ratio, .storedRatio: "times"
    case .members: "members"
    case .containerDepth, .mimeDepth, .depth: "levels"
    case .mimeParts: "parts"
    case .rows: "records"
    case .fromDomains: "domains"
    case .names: "names"
    case .addresses: "addresses"
    }
  }

  /// A description of the limit, without a full stop.
  package var summary: String {
    switch self {
    case .inflatedBytes: "Maximum size that one file or message may inflate to, all layers and members together"
    case .ratio: "Maximum inflated bytes for each byte of the file or message, checked beyond 32 MiB"
    case .members:
      "Maximum number of members of an archive, folders included, or of reports in one XML file; ten times as many "
        + "in all archives of one file or message together"
    case .containerDepth: "Maximum nesting depth of containers (at most 200)"
    case .mailBytes: "Maximum size of one message"
    case .mimeDepth: "Maximum nesting depth of multiparts and attached messages in one message (at most 200)"
    case .mimeParts: "Maximum number of parts of one message, all levels together"
    case .depth: "Maximum nesting depth of XML elements (at most 200)"
    case .textBytes: "Maximum bytes of text in one element"
    case .recordBytes: "Maximum bytes of text in one record"
    case .rows: "Maximum number of records of one report"
    case .fromDomains:
      "Maximum number of From domains of one report; the rest is counted as `_others.` below the policy domain, or as "
        + "`_others.invalid`"
    case .names:
      "Maximum number of names of each other kind in one report: DKIM domains, selectors, SPF and envelope domains "
        + "(the rest is counted as `_others`), recipient domains and texts (the rest is left out)"
    case .addresses:
      "Maximum number of source addresses of one file or message; the rest is counted by network: /24 and /48, as many "
        + "again, then /8 and /16"
    case .storedRatio:
      "Maximum bytes that a file or message may add to the database for each byte of its own size, four times as many "
        + "for each byte of its first 32 KiB, checked beyond 1 MiB"
    }
  }

  /// Whether the excess is aggregated with a warning instead of being rejected.
  package var folds: Bool { [.fromDomains, .names, .addresses].contains(self) }

  /// The row of docs/limits.md.
  package var documentation: String { "| `\(option)` | `\(key)` | \(documentedDefault) | \(summary) |" }

  private var documentedDefault: String {
    let value = defaultValue
    for (shift, name) in [(30, "GiB"), (20, "MiB")] where value >= 2 << shift || value == 1 << shift {
      if value % (1 << shift) == 0, unit == "bytes", value > 1 << 20 { return "\(value) (\(value >> shift) \(name))" }
    }
    return "\(value)"
  }
}
