/// What one input may cost at most. Reports come by mail from anybody, so every one of these is reached on purpose by somebody.
public struct Limits: Sendable, Hashable {
  /// Bytes of XML that one report may inflate to.
  public var inflatedBytes: Int64 = 1 << 30
  /// Inflated bytes for each compressed byte; looked at only beyond ``ratioGrace``.
  public var ratio: Int64 = 400
  /// Members of one archive, folders included.
  public var members: Int = 1_000
  /// Containers inside each other.
  public var containerDepth: Int = 2
  /// XML elements inside each other.
  public var depth: Int = 32
  /// Bytes of text in one element.
  public var textBytes: Int = 64 << 10
  /// Bytes of text in one record, all its elements together.
  public var recordBytes: Int = 1 << 20

  /// Small inputs may inflate by any factor: they cost nothing.
  public static let ratioGrace: Int64 = 32 << 20

  /// The documented defaults.
  public init() {}
}
