import ArgumentParser
import DMARC

/// What one input may cost.
struct LimitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Most bytes that one file or mail may inflate to. (default: 1073741824)", valueName: "bytes"))
  var maxInflatedBytes: Int64?
  @Option(
    help: ArgumentHelp("Most inflated bytes for each compressed one, beyond 32 MiB. (default: 400)", valueName: "times")
  )
  var maxRatio: Int64?
  @Option(help: ArgumentHelp("Most members of an archive. (default: 1000)", valueName: "members"))
  var maxMembers: Int?
  @Option(help: ArgumentHelp("Most containers inside each other. (default: 4)", valueName: "levels"))
  var maxContainerDepth: Int?
  @Option(help: ArgumentHelp("Most bytes of one mail. (default: 134217728)", valueName: "bytes"))
  var maxMailBytes: Int64?
  @Option(
    help: ArgumentHelp("Most multiparts and messages of a mail inside each other. (default: 20)", valueName: "levels"))
  var maxMimeDepth: Int?
  @Option(help: ArgumentHelp("Most parts of one mail. (default: 1000)", valueName: "parts"))
  var maxMimeParts: Int?
  @Option(help: ArgumentHelp("Most XML elements inside each other. (default: 32)", valueName: "levels"))
  var maxDepth: Int?
  @Option(help: ArgumentHelp("Most bytes of text in one element. (default: 65536)", valueName: "bytes"))
  var maxTextBytes: Int?
  @Option(help: ArgumentHelp("Most bytes of text in one record. (default: 1048576)", valueName: "bytes"))
  var maxRecordBytes: Int?
  @Option(help: ArgumentHelp("Most records of one report. (default: 10000000)", valueName: "records"))
  var maxRows: Int?
  @Option(
    help: ArgumentHelp(
      "Most From domains of one report; the rest is counted under one name. (default: 1000)", valueName: "domains"))
  var maxFromDomains: Int?
  @Option(
    help: ArgumentHelp(
      "Most other names of one kind in one report: DKIM domains, selectors, SPF domains, recipient domains, texts. (default: 5000)",
      valueName: "names"))
  var maxNames: Int?
  @Option(
    help: ArgumentHelp(
      "Most source addresses of one file or message; the rest is counted by network. (default: 200000)",
      valueName: "addresses"))
  var maxAddresses: Int?
  @Option(
    help: ArgumentHelp(
      "Most bytes that a file or mail may add to the database, for each of its own, four times as much for the first 32 KiB, beyond 1 MiB. (default: 128)",
      valueName: "times"))
  var maxStoredRatio: Int64?

  func validate() throws {
    let levels = [
      ("--max-container-depth", maxContainerDepth), ("--max-mime-depth", maxMimeDepth), ("--max-depth", maxDepth),
    ]
    let values =
      [maxInflatedBytes, maxRatio, maxMailBytes, maxStoredRatio]
      + ([maxMembers, maxMimeParts, maxTextBytes, maxRecordBytes, maxRows, maxFromDomains, maxNames, maxAddresses]
      + levels.map(\.1)).map { $0.map(Int64.init) }
    if values.contains(where: { $0.map { $0 < 1 } ?? false }) { throw ValidationError("Limits take 1 or more.") }
    for (name, value) in levels where value ?? 0 > Limits.mostLevels {
      throw ValidationError("\(name) takes at most \(Limits.mostLevels).")
    }
  }

  /// Bytes beyond which a limit is none; sums of limits must not overflow.
  private static let mostBytes = 1 << 50

  /// The options over what the configuration says.
  func limits(_ configured: Limits) -> Limits {
    var limits = configured
    if let maxInflatedBytes { limits.inflatedBytes = maxInflatedBytes }
    if let maxRatio { limits.ratio = maxRatio }
    if let maxMembers { limits.members = maxMembers }
    if let maxContainerDepth { limits.containerDepth = maxContainerDepth }
    if let maxMailBytes { limits.mailBytes = maxMailBytes }
    if let maxMimeDepth { limits.mimeDepth = maxMimeDepth }
    if let maxMimeParts { limits.mimeParts = maxMimeParts }
    if let maxDepth { limits.depth = maxDepth }
    if let maxTextBytes { limits.textBytes = min(maxTextBytes, Self.mostBytes) }
    if let maxRecordBytes { limits.recordBytes = min(maxRecordBytes, Self.mostBytes) }
    if let maxRows { limits.rows = maxRows }
    if let maxFromDomains { limits.fromDomains = maxFromDomains }
    if let maxNames { limits.names = maxNames }
    if let maxAddresses { limits.addresses = min(Limits.mostAddresses, maxAddresses) }
    if let maxStoredRatio { limits.storedRatio = maxStoredRatio }
    return limits
  }
}
