import DMARC

/// Takes reports out of what they come in: containers within containers, mail, mailboxes. What something is, its bytes say.
///
/// One bad part costs nothing but itself: it is rejected by its name, and what is beside it is read.
final class Unwrapping {
  /// What became of an input or a part of one.
  struct Findings {
    /// Reports, and what should have been one.
    var reports = 0
    /// What else was there.
    var others: [Other] = []

    mutating func add(_ more: Findings) {
      reports += more.reports
      others += more.others.prefix(max(0, 20 - others.count))
    }
  }

  /// Something that is no report, and why it was not taken as one.
  struct Other {
    var kind: String
    var why: InputError
    /// Mails, and reports of other kinds, are no fault, however they came here.
    var isFault = true
    /// Where it is, if its name says that it should have been a report.
    var claim: NestingContext?
  }

  enum DocumentOutcome {
    case report
    case other(Other)
  }

  let limits: Limits
  /// Hosts whose Authentication-Results fields are believed.
  let trustedHosts: Set<DomainName>
  private let buffer: PieceBuffer
  private let onDocument: (XMLDocument) throws -> DocumentOutcome
  private let onRejection: (ReportOrigin, InputError) throws -> Void
  /// Hears of each mail of a mailbox before it is read.
  let onMail: (ReportOrigin) throws -> Void
  /// Hears of each mail of a mailbox that is no report, and what it is.
  let onOtherMail: (ReportOrigin, String) throws -> Void

  init(
    limits: Limits, trustedHosts: Set<DomainName> = [], buffer: PieceBuffer,
    onDocument: @escaping (XMLDocument) throws -> DocumentOutcome,
    onRejection: @escaping (ReportOrigin, InputError) throws -> Void,
    onMail: @escaping (ReportOrigin) throws -> Void = { _ in },
    onOtherMail: @escaping (ReportOrigin, String) throws -> Void = { _, _ in }
  ) {
    self.limits = limits
    self.trustedHosts = trustedHosts
    self.buffer = buffer
    self.onDocument = onDocument
    self.onRejection = onRejection
    self.onMail = onMail
    self.onOtherMail = onOtherMail
  }

  /// Reads a source, whatever it is.
  /// - Throws: a `InputError` for the source as a whole, and what the two callbacks throw.
  func unwrap(_ source: ByteSource, _ trail: NestingContext, _ budget: InflationBudget) throws -> Findings {
    switch InputFormat(prefix: try source.prefix(InputFormat.prefixLength)) {
    case .xml: return try layer(trail, budget) { source.stream() }
    case .gzip: return try inflate(source, .gzip, trail, budget)
    case .zlib: return try inflate(source, .zlib, trail, budget)
    case .bzip2:
      return try container(trail) { trail in
        try layer(trail, budget) {
          let archive = try ArchiveReader(source, .bzip2)
          _ = try archive.next()
          return archive.stream
        }
      }
    case .zip: return try container(trail) { try archive(source, .zip, $0, budget) }
    case .tar: return try container(trail) { try archive(source, .tar, $0, budget) }
    case .base64:
      return try container(trail) { trail in
        try layer(trail, budget) { MIMEMessage.base64(source) ?? ByteStream { _ in 0 } }
      }
    case .mail: return try mail(source, trail, budget)
    case .mbox: return try mailbox(source, from: 0, trail, budget).findings
    case .empty: return Self.other("empty", InputError(.empty, "it is empty"))
    case .other(let kind): return Self.foreign(kind, isInside: false)
    }
  }

  static func other(_ kind: String, _ why: InputError? = nil, isFault: Bool = true) -> Findings {
    let reason = why ?? InputError(.notAReport, "it is \(kind), not a report")
    return Findings(others: [Other(kind: kind, why: reason, isFault: isFault)])
  }

  /// What no reader of reports was meant to read.
  private static func foreign(_ kind: String, isInside: Bool) -> Findings {
    let why = isInside ? InputError(.notAReport, "what it holds is \(kind), not a report") : nil
    return other(kind, why, isFault: kind != InputFormat.tlsReport)
  }

  /// Runs a part of the reading whose failure must not cost what is beside it.
  func attempt(_ trail: NestingContext, _ body: () throws -> Findings) throws -> Findings {
    do {
      return try body()
    } catch let rejection as InputError where rejection.code != .unreadable {
      return try reject(trail, rejection)
    }
  }

  func reject(_ trail: NestingContext, _ rejection: InputError) throws -> Findings {
    try onRejection(trail.origin, rejection)
    return Findings(reports: 1)
  }

  // MARK: Containers

  private func container(_ trail: NestingContext, _ body: (NestingContext) throws -> Findings) throws -> Findings {
    guard trail.containers < limits.containerDepth else {
      throw InputError.limit(
        .containerDepth, limits.containerDepth, "containers are nested more than \(limits.containerDepth) deep")
    }
    return try body(trail.insideContainer())
  }

  private func inflate(
    _ source: ByteSource, _ format: InflateStream.Format, _ trail: NestingContext, _ budget: InflationBudget
  ) throws -> Findings {
    try container(trail) { trail in
      try layer(trail, budget) { try InflateStream(source.stream(), format, size: source.count).stream }
    }
  }

  /// Goes through the files of an archive.
  private func archive(
    _ source: ByteSource, _ format: ArchiveReader.Format, _ trail: NestingContext, _ budget: InflationBudget
  ) throws -> Findings {
    let archive = try ArchiveReader(source, format)
    var findings = Findings()
    var (members, files, reopened) = (0, 0, 0)
    do {
      while let member = try archive.next() {
        members += 1
        guard members <= limits.members else {
          throw InputError.limit(
            .members, limits.members, "the archive has more than \(limits.members) members")
        }
        try budget.countMember()
        if member.isToBeSkipped { continue }
        files += 1
        let inner = trail.inside(member.name)
        if member.isEncrypted {
          findings.add(try reject(inner, InputError(.encrypted, "it is encrypted")))
          continue
        }
        let position = members
        let replay = MemberReplay(archive.stream, keepsAll: reopened >= Self.mostReopened)
        var isFirst = true
        findings.add(
          try attempt(inner) {
            try layer(inner, budget) {
              defer { isFirst = false }
              if isFirst { return replay.stream }
              if let stream = replay.again() { return stream }
              reopened += 1
              return try Self.reopen(source, format, at: position)
            }
          })
      }
    } catch let rejection as InputError {
      // A member that was cut off has been marked; there is nothing behind it.
      if findings.reports == 0 || rejection.code == .limit { throw rejection }
      if !budget.sawTruncation { findings.add(try reject(trail, rejection)) }
    }
    if files == 0 {
      return Self.other("an archive without files", InputError(.notAReport, "the archive holds no file"))
    }
    return findings
  }

  /// Times that one archive is opened again for a long member, before long members are kept instead.
  private static let mostReopened = 16

  private static func reopen(_ source: ByteSource, _ format: ArchiveReader.Format, at position: Int) throws
    -> ByteStream
  {
    let archive = try ArchiveReader(source, format)
    for _ in 0..<position { _ = try archive.next() }
    return archive.stream
  }

  // MARK: Layers

  /// Looks at what a stream holds. XML is handed on as it flows; anything else is held back, because it is read more than once.
  func layer(_ trail: NestingContext, _ budget: InflationBudget, open: @escaping () throws -> ByteStream) throws
    -> Findings
  {
    let mark = budget.mark
    var stream = budget.metered(try open())
    let first = try begin(&stream)
    let content = InputFormat(prefix: first.prefix(InputFormat.prefixLength))
    switch content {
    case .xml:
      let reopen = {
        budget.reset(to: mark)
        return budget.metered(try open())
      }
      let document = XMLDocument(
        origin: trail.origin, hints: trail.hints, first: first, rest: stream, reopen: reopen,
        countReport: { try budget.countMember() })
      switch try onDocument(document) {
      case .report: return Findings(reports: 1)
      case .other(let other): return Findings(others: [other])
      }
    case .empty: return Self.other("empty", InputError(.empty, "it is empty"))
    case .other(let kind): return Self.foreign(kind, isInside: true)
    default: return try unwrap(try spool(first, stream), trail, budget)
    }
  }

  /// Fills the buffer far enough to tell what it holds. What goes wrong meanwhile comes up when the stream is read on.
  private func begin(_ stream: inout ByteStream) throws -> UnsafeRawBufferPointer {
    var filled = 0
    while filled < InputFormat.prefixLength {
      do {
        let count = try stream.read(UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[filled...]))
        if count == 0 { break }
        filled += count
      } catch let rejection as InputError {
        guard filled > 0 else { throw rejection }
        stream = ByteStream { _ in throw rejection }
        break
      }
    }
    return UnsafeRawBufferPointer(rebasing: buffer.bytes[..<filled])
  }

  private func spool(_ first: UnsafeRawBufferPointer, _ stream: ByteStream) throws -> ByteSource {
    let spool = Spool()
    try spool.append(first)
    do {
      try XMLDocument.forEachPiece(of: stream, buffer) { piece in
        try spool.append(piece)
        return true
      }
    } catch let rejection as InputError where rejection.code == .truncated {
      // What is inside will be found to end too early as well.
    }
    return try spool.source()
  }
}
