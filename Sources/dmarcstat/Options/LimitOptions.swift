import ArgumentParser
import DMARC
import Settings

/// What one input may cost. Names and help come from the table of limits.
struct LimitOptions: ParsableArguments {
  @Option(name: .limit(.inflatedBytes), help: .limit(.inflatedBytes))
  var maxInflatedBytes: Int64?
  @Option(name: .limit(.ratio), help: .limit(.ratio))
  var maxRatio: Int64?
  @Option(name: .limit(.members), help: .limit(.members))
  var maxMembers: Int64?
  @Option(name: .limit(.containerDepth), help: .limit(.containerDepth))
  var maxContainerDepth: Int64?
  @Option(name: .limit(.mailBytes), help: .limit(.mailBytes))
  var maxMailBytes: Int64?
  @Option(name: .limit(.mimeDepth), help: .limit(.mimeDepth))
  var maxMimeDepth: Int64?
  @Option(name: .limit(.mimeParts), help: .limit(.mimeParts))
  var maxMimeParts: Int64?
  @Option(name: .limit(.depth), help: .limit(.depth))
  var maxDepth: Int64?
  @Option(name: .limit(.textBytes), help: .limit(.textBytes))
  var maxTextBytes: Int64?
  @Option(name: .limit(.recordBytes), help: .limit(.recordBytes))
  var maxRecordBytes: Int64?
  @Option(name: .limit(.rows), help: .limit(.rows))
  var maxRows: Int64?
  @Option(name: .limit(.fromDomains), help: .limit(.fromDomains))
  var maxFromDomains: Int64?
  @Option(name: .limit(.names), help: .limit(.names))
  var maxNames: Int64?
  @Option(name: .limit(.addresses), help: .limit(.addresses))
  var maxAddresses: Int64?
  @Option(name: .limit(.storedRatio), help: .limit(.storedRatio))
  var maxStoredRatio: Int64?

  func validate() throws {
    for code in Limits.Code.allCases {
      guard let value = value(code) else { continue }
      if value < 1 { throw ValidationError("Limits take 1 or more.") }
      if code.countsLevels, value > code.highest {
        throw ValidationError("\(code.option) takes at most \(code.highest).")
      }
    }
  }

  /// The options over what the configuration says.
  func limits(_ configured: Limits) -> Limits {
    var limits = configured
    for code in Limits.Code.allCases {
      if let value = value(code) { limits[code] = value }
    }
    return limits
  }

  private func value(_ code: Limits.Code) -> Int64? {
    switch code {
    case .inflatedBytes: maxInflatedBytes
    case .ratio: maxRatio
    case .members: maxMembers
    case .containerDepth: maxContainerDepth
    case .mailBytes: maxMailBytes
    case .mimeDepth: maxMimeDepth
    case .mimeParts: maxMimeParts
    case .depth: maxDepth
    case .textBytes: maxTextBytes
    case .recordBytes: maxRecordBytes
    case .rows: maxRows
    case .fromDomains: maxFromDomains
    case .names: maxNames
    case .addresses: maxAddresses
    case .storedRatio: maxStoredRatio
    }
  }
}

extension NameSpecification {
  /// The option of a limit.
  fileprivate static func limit(_ code: Limits.Code) -> NameSpecification { .customLong(code.optionName) }
}

extension ArgumentHelp {
  /// The help of a limit.
  fileprivate static func limit(_ code: Limits.Code) -> ArgumentHelp {
    ArgumentHelp("\(code.summary). (default: \(code.defaultValue))", valueName: code.unit)
  }
}
