/// Limits on the resources that one input may use. Anyone can send a report, so expect every limit to be tested on purpose.
public struct Limits: Sendable, Hashable {
  /// Bytes that one input may inflate to.
  public var inflatedBytes: Int64 = 1 << 30
  /// Inflated bytes for each compressed byte; checked only beyond ``ratioGrace``.
  public var ratio: Int64 = 400
  /// Members of one archive, including folders.
  public var members: Int = 1_000
  /// Nesting depth of containers: a gzip file within a zip file has depth 2.
  public var containerDepth: Int = 4
  /// Bytes of one message.
  public var mailBytes: Int64 = 128 << 20
  /// Nesting depth of multiparts and attached messages.
  public var mimeDepth: Int = 20
  /// MIME parts of one message, on all levels.
  public var mimeParts: Int = 1_000
  /// Nesting depth of XML elements.
  public var depth: Int = 32
  /// Bytes of text in one element.
  public var textBytes: Int = 64 << 10
  /// Bytes of text in all elements of one record.
  public var recordBytes: Int = 1 << 20
  /// Records of one report.
  public var rows: Int = 10_000_000
  /// Distinct From domains of one report; further ones are counted under one name.
  public var fromDomains: Int = 1_000
  /// Distinct names of each other kind in one report: DKIM domains, selectors, SPF and envelope domains, recipient domains, texts.
  public var names: Int = 5_000
  /// Distinct source addresses of one file or message; further ones are counted by network.
  public var addresses: Int = 200_000
  /// Bytes that one file or message may add to the database for each of its bytes; checked only beyond ``storedGrace``.
  public var storedRatio: Int64 = 128

  /// The maximum of the depth limits: each level uses stack.
  public static let mostLevels = 200

  /// Inflated bytes up to which ``ratio`` is not checked.
  public static let ratioGrace: Int64 = 32 << 20

  /// Bytes that any file or message may add to the database.
  public static let storedGrace: Int64 = 1 << 20

  /// The number of leading bytes of an input that may add ``storedFirstFactor`` times as much as ``storedRatio`` allows.
  public static let storedFirstBytes: Int64 = 32 << 10

  /// The factor for the first ``storedFirstBytes`` bytes.
  public static let storedFirstFactor: Int64 = 4

  /// The maximum of ``addresses``.
  public static let mostAddresses = 100_000_000

  /// Creates the default limits.
  public init() {}
}
