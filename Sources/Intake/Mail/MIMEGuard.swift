import DMARC
import ReportXML

/// Checks a message before GMime parses it, to reject messages whose parsing would cost too much: millions of parts, endless headers.
///
/// GMime creates objects of several kilobytes for every part and every header field, however small they are in the message.
struct MIMEGuard {
  private let limits: Limits
  private var boundaries: Set<[UInt8]> = []
  /// Whether a boundary is declared in a way that only a MIME parser understands, so that every possible boundary line counts.
  private var hasHiddenBoundary = false
  private var parts = 0
  private var isInHeader = true
  private var headerBytes: Int64 = 0
  private var allHeaderBytes: Int64 = 0
  private var fields = 0
  private var holdsMessage = false

  /// The maximum size of a header in bytes. The largest real ones have a tenth of that.
  static let headerLimit: Int64 = 512 << 10
  /// The maximum size of all headers of a message in bytes.
  private static let allHeadersLimit: Int64 = 4 << 20
  /// The maximum number of header fields of a message, including those of its parts.
  private static let fieldLimit = 20_000

  /// The number of colons in the current field, if it contains addresses. Each may start a group, and GMime parses nested groups
  /// recursively.
  private var colons: Int?
  /// The maximum number of colons in an address field. IPv6 addresses have a few.
  private static let colonLimit = 500
  private static let addressFields: Set<String> = [
    "from", "sender", "reply-to", "to", "cc", "bcc", "resent-from", "resent-sender", "resent-to", "resent-cc",
    "resent-bcc", "resent-reply-to", "return-path", "disposition-notification-to",
  ]

  private let source: ByteSource

  private init(_ source: ByteSource, limits: Limits) {
    self.source = source
    self.limits = limits
  }

  /// Checks a message.
  /// - Throws: `InputError` with the limit that is exceeded.
  static func check(_ source: ByteSource, _ limits: Limits) throws {
    if source.count > limits.mailBytes {
      throw InputError.limit(.mailBytes, limits.mailBytes, "the message has more than \(limits.mailBytes) bytes")
    }
    var check = MIMEGuard(source, limits: limits)
    try LineScan.forEachLine(of: source) { line in
      try check.examine(at: line)
      return true
    }
  }

  private mutating func examine(at line: LineScan.Line) throws {
    if line.start.first == 0x2d, line.start.dropFirst().first == 0x2d, isBoundary(line.start.dropFirst(2)) {
      try countPart()
      startHeader()
      return
    }
    guard isInHeader else { return }
    if line.isBlank {
      isInHeader = false
      // The header of the message inside follows.
      if holdsMessage { startHeader() }
      return
    }
    headerBytes += line.length
    if headerBytes > Self.headerLimit {
      throw InputError(fixedLimit: "a header of the message has more than \(Self.headerLimit) bytes")
    }
    allHeaderBytes += line.length
    let isNewField = line.start.first != 0x20 && line.start.first != 0x09
    if isNewField { fields += 1 }
    if allHeaderBytes > Self.allHeadersLimit || fields > Self.fieldLimit {
      throw InputError(
        fixedLimit:
          "the headers of the message have more than \(Self.allHeadersLimit) bytes or \(Self.fieldLimit) fields")
    }
    // Only the start of a long line is available, and what matters may be at its end.
    let text =
      line.length > Int64(LineScan.kept)
      ? try source.part(line.offset..<line.offset + line.length).prefix(Int(Self.headerLimit))
      : Array(UnsafeRawBufferPointer(rebasing: line.start))
    try countColons(text, isNewField: isNewField)
    try readHeader(text)
  }

  private mutating func countColons(_ text: [UInt8], isNewField: Bool) throws(InputError) {
    if isNewField { colons = HeaderText.fieldName(text).flatMap { Self.addressFields.contains($0) ? 0 : nil } }
    guard let before = colons else { return }
    let count = before + text.count { $0 == UInt8(ascii: ":") }
    colons = count
    if count > Self.colonLimit {
      throw InputError(fixedLimit: "an address field of the message has more than \(Self.colonLimit) colons")
    }
  }

  private mutating func startHeader() {
    isInHeader = true
    headerBytes = 0
    holdsMessage = false
  }

  private mutating func countPart() throws(InputError) {
    parts += 1
    if parts > limits.mimeParts {
      throw InputError.limit(.mimeParts, limits.mimeParts, "the message has more than \(limits.mimeParts) parts")
    }
  }

  private func isBoundary(_ rest: Slice<UnsafeRawBufferPointer>) -> Bool {
    if hasHiddenBoundary { return true }
    guard !boundaries.isEmpty else { return false }
    var name = rest
    while let last = name.last, last <= 0x20 { name = name.dropLast() }
    if boundaries.contains(Array(name)) { return true }
    return name.count > 2 && name.suffix(2).elementsEqual([0x2d, 0x2d]) && boundaries.contains(Array(name.dropLast(2)))
  }

  private mutating func readHeader(_ line: [UInt8]) throws(InputError) {
    let lowered = ByteText.lowered(line)
    if ByteText.contains("message/", in: lowered) {
      holdsMessage = true
      try countPart()
    }
    var index = 0
    while let key = ByteText.position(of: "boundary", in: lowered, from: index) {
      index = key + 8
      let rest = lowered[index...].drop { $0 == 0x20 || $0 == 0x09 }
      guard rest.first == UInt8(ascii: "=") else {
        hasHiddenBoundary = true
        continue
      }
      let start = rest.dropFirst().drop { $0 == 0x20 || $0 == 0x09 }
      let isQuoted = start.first == UInt8(ascii: "\"")
      let from = isQuoted ? start.startIndex + 1 : start.startIndex
      let value = line[from...].prefix {
        isQuoted ? $0 != UInt8(ascii: "\"") : $0 > 0x20 && $0 != UInt8(ascii: ";")
      }
      if value.isEmpty || value.contains(UInt8(ascii: "\\")) {
        hasHiddenBoundary = true
      } else {
        boundaries.insert(Array(value))
      }
      index = max(index, value.endIndex)
    }
  }
}
