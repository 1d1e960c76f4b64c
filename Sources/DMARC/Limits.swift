/// What one input may cost at most. Reports come by mail from anybody, so every one of these is reached on purpose by somebody.
public struct Limits: Sendable, Hashable {
  /// Bytes of XML that one report may inflate to.
  public var inflatedBytes: Int64 = 1 << 30
  /// Inflated bytes for each compressed byte; looked at only beyond ``ratioGrace``.
  public var ratio: Int64 = 400
  /// Members of one archive, folders included.
  public var members: Int = 1_000
  /// Containers inside each other: a gzip file within a zip file is two.
  public var containerDepth: Int = 4
  /// Bytes of one mail.
  public var mailBytes: Int64 = 128 << 20
  /// Multiparts and messages of one mail inside each other.
  public var mimeDepth: Int = 20
  /// Parts of one mail, all levels together.
  public var mimeParts: Int = 1_000
  /// XML elements inside each other.
  public var depth: Int = 32
  /// Bytes of text in one element.
  public var textBytes: Int = 64 << 10
  /// Bytes of text in one record, all its elements together.
  public var recordBytes: Int = 1 << 20
  /// Records of one report.
  public var rows: Int = 10_000_000
  /// Distinct From domains of one report; the rest is counted under one name.
  public var fromDomains: Int = 1_000
  /// Distinct names of one report of each other kind: DKIM domains, selectors, SPF and envelope domains, recipient domains, texts.
  public var names: Int = 5_000
  /// Distinct source addresses of one file or message; the rest is counted by network.
  public var addresses: Int = 200_000
  /// Bytes that one file or mail may add to the database, for each of its bytes; beyond ``storedGrace``.
  public var storedRatio: Int64 = 128

  /// The most that limits of levels may be raised to: each level costs stack.
  public static let mostLevels = 200

  /// Small inputs may inflate by any factor: they cost nothing.
  public static let ratioGrace: Int64 = 32 << 20

  /// Bytes that any file or mail may add to the database.
  public static let storedGrace: Int64 = 1 << 20

  /// Its first bytes, of which each may add ``storedFirstFactor`` times as much as ``storedRatio`` says.
  public static let storedFirstBytes: Int64 = 32 << 10

  /// See ``storedFirstBytes``.
  public static let storedFirstFactor: Int64 = 4

  /// The most that the limit of addresses may be raised to.
  public static let mostAddresses = 100_000_000

  /// The documented defaults.
  public init() {}
}
