import DMARC
import ReportXML

/// What reading an input brings, in order.
public enum ReportEvent {
  /// Rows of a long report, as soon as enough have gathered. The head is complete as far as it identifies the report.
  case rows(RecordBatch, head: ReportHead, member: String?)
  /// A report was read to its end.
  case report(ReadReport)
  /// One report, or the whole input, could not be taken.
  case rejected(member: String?, Rejection)
  /// The input is something else than a report; a word or two on what.
  case notAReport(kind: String)
}

/// A report read to its end, with the rows that no ``ReportEvent/rows(_:head:member:)`` brought.
public struct ReadReport: Sendable {
  /// Name within the archive; nil where the file is the report.
  public var member: String?
  /// Head, warnings and sums.
  public var tail: ReportTail
  /// Rows that no event has brought yet.
  public var lastRows: RecordBatch
  /// SHA-256 of the XML.
  public var sha256: [UInt8]
}

/// Reads the reports of one file: bare XML, gzip or zip, by what the bytes say. For one thread.
public struct ReportReading {
  private let limits: Limits
  /// Rows of one report that are gathered before they are handed over.
  private let batchRows: Int
  private let cache = OutcomeCache()
  private let buffer = PieceBuffer()

  /// A way of reading; `batchRows` rows are held in memory for each report.
  public init(limits: Limits = Limits(), batchRows: Int = 16_384) {
    self.limits = limits
    self.batchRows = batchRows
  }

  /// Reads a file and reports what is in it.
  /// - Throws: only what `handle` throws; what is wrong with the file comes as an event.
  public func read(_ file: InputFile, _ handle: (ReportEvent) throws -> Void) throws {
    do {
      try readContent(of: file, handle)
    } catch let rejection as Rejection {
      try handle(.rejected(member: nil, rejection))
    }
  }

  /// Hands over the XML of every report in a file, whole; for looking at, not for ingesting.
  /// - Throws: a ``Rejection`` for the file, and what `handle` throws.
  public func readXML(_ file: InputFile, _ handle: (_ member: String?, Result<[UInt8], Rejection>) throws -> Void)
    throws
  {
    let open = try OpenFile(path: file.path)
    switch Content(prefix: try open.prefix(Content.prefixLength)) {
    case .empty: throw Rejection(.empty, "it is empty")
    case .xml: try handle(nil, whole(.plain(open.stream()), InflationBudget(limits)))
    case .gzip: try handle(nil, whole(.gzip(try GzipStream(open.stream(), size: open.size)), InflationBudget(limits)))
    case .zip:
      try forEachMember(of: file.path) { archive, member, budget, _ in try handle(member, whole(.zip(archive), budget))
      }
    case .other(let kind): throw Rejection(.notAReport, "it is \(kind), not XML, gzip or zip")
    }
  }

  private func whole(_ stream: XMLStream, _ budget: InflationBudget) throws -> Result<[UInt8], Rejection> {
    do {
      var bytes: [UInt8] = []
      try stream.forEachPiece(budget: budget, buffer) { piece in
        bytes.append(contentsOf: piece)
        return true
      }
      return .success(bytes)
    } catch let rejection as Rejection { return .failure(rejection) }
  }

  private func readContent(of file: InputFile, _ handle: (ReportEvent) throws -> Void) throws {
    let open = try OpenFile(path: file.path)
    switch Content(prefix: try open.prefix(Content.prefixLength)) {
    case .empty: throw Rejection(.empty, "it is empty")
    case .xml:
      try readReport(member: nil, budget: InflationBudget(limits), handle) { .plain(open.stream()) }
    case .gzip:
      try readReport(member: nil, budget: InflationBudget(limits), handle) {
        .gzip(try GzipStream(open.stream(), size: open.size))
      }
    case .zip: try readZip(file.path, handle)
    case .other(let kind):
      guard file.isNamed || Self.claimsToBeAReport(file.path) else { return try handle(.notAReport(kind: kind)) }
      throw Rejection(.notAReport, "it is \(kind), not XML, gzip or zip")
    }
  }

  /// A file in a folder is missed only where its name promises a report.
  private static func claimsToBeAReport(_ path: String) -> Bool {
    let name = path.lowercased()
    return [".xml", ".gz", ".zip", ".gzip"].contains { name.hasSuffix($0) }
  }

  private func readZip(_ path: String, _ handle: (ReportEvent) throws -> Void) throws {
    try forEachMember(of: path) { archive, member, budget, position in
      do {
        var isFirst = true
        try readReport(member: member, budget: budget, handle) {
          defer { isFirst = false }
          return .zip(isFirst ? archive : try Self.reopen(path, at: position))
        }
      } catch let rejection as Rejection {
        try handle(.rejected(member: member, rejection))
      }
    } encrypted: { member, rejection in
      try handle(.rejected(member: member, rejection))
    }
  }

  /// Goes through the files of an archive; `position` counts all members from 1.
  private func forEachMember(
    of path: String,
    _ body: (_ archive: ZipArchive, _ member: String, _ budget: InflationBudget, _ position: Int) throws -> Void,
    encrypted: (_ member: String, Rejection) throws -> Void = { _, why in throw why }
  ) throws {
    let archive = try ZipArchive(path: path)
    let budget = InflationBudget(limits)
    var members = 0
    var files = 0
    while let member = try archive.next() {
      members += 1
      guard members <= limits.members else {
        throw Rejection(.limit, "the archive has more than \(limits.members) members (--max-members)")
      }
      if member.isToBeSkipped { continue }
      files += 1
      if member.isEncrypted {
        try encrypted(member.name, Rejection(.encrypted, "it is encrypted"))
      } else {
        try body(archive, member.name, budget, members)
      }
    }
    if files == 0 { throw Rejection(.notAReport, "the archive holds no file") }
  }

  private static func reopen(_ path: String, at position: Int) throws -> ZipArchive {
    let archive = try ZipArchive(path: path)
    for _ in 0..<position { _ = try archive.next() }
    return archive
  }

  /// Reads one report from the stream that `open` gives; called again only where the head stands behind the records.
  private func readReport(
    member: String?, budget: InflationBudget, _ handle: (ReportEvent) throws -> Void, open: () throws -> XMLStream
  ) throws {
    let stream = try open()
    var hash = ContentHash()
    let parser = ReportParser(limits: limits, cache: cache)
    var knownHead: ReportHead?
    try stream.forEachPiece(budget: budget, buffer) { piece in
      hash.update(piece)
      try parser.push(piece)
      guard isFull(parser) else { return true }
      let head = try knownHead ?? (parser.isHeadComplete ? parser.head : scanHead(open()))
      knownHead = head
      try handle(.rows(parser.takeBatch(), head: head, member: member))
      return true
    }
    var tail = try parser.finish()
    if stream.hasTrailingBytes {
      tail.warnings.append(ReportWarning(.trailingData, "bytes behind the compressed data were left alone"))
    }
    try handle(.report(ReadReport(member: member, tail: tail, lastRows: parser.takeBatch(), sha256: hash.finish())))
  }

  private func isFull(_ parser: ReportParser) -> Bool {
    parser.bufferedRows >= batchRows || parser.bufferedOutcomes >= max(1, batchRows / 16)
  }

  /// Reads only as far as the parts that identify a report, for a long one that has them behind its records.
  private func scanHead(_ stream: XMLStream) throws -> ReportHead {
    let parser = ReportParser(limits: limits)
    try stream.forEachPiece(budget: InflationBudget(limits), PieceBuffer()) { piece in
      try parser.push(piece)
      if isFull(parser) { _ = parser.takeBatch() }
      return !parser.isHeadComplete
    }
    return parser.head
  }
}
