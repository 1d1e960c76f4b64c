import CZlib
import DMARC
import Foundation
import Intake

/// A folder that is deleted at the end of the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "dmarcstat-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    try FileManager.default.createDirectory(
      at: URL(fileURLWithPath: file).deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }
}

enum Sample {
  static func report(id: String = "1", records: Int = 1, headLast: Bool = false, domain: String = "example.com")
    -> [UInt8]
  {
    let head =
      "<report_metadata><org_name>R</org_name><report_id>\(id)</report_id><date_range><begin>1790812800</begin>"
      + "<end>1790899199</end></date_range></report_metadata><policy_published><domain>\(domain)</domain><p>none</p></policy_published>"
    let record =
      "<record><row><source_ip>192.0.2.1</source_ip><count>2</count><policy_evaluated><disposition>none</disposition>"
      + "<dkim>pass</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers>"
      + "<auth_results><dkim><domain>example.com</domain><result>pass</result></dkim></auth_results></record>"
    let body = String(repeating: record, count: records)
    return Array("<feedback>\(headLast ? body + head : head + body)</feedback>".utf8)
  }

  static func gzip(_ bytes: [UInt8]) -> [UInt8] { deflated(bytes, windowBits: 15 + 16) }

  static func zlib(_ bytes: [UInt8]) -> [UInt8] { deflated(bytes, windowBits: 15) }

  private static func deflated(_ bytes: [UInt8], windowBits: Int32) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(
      &stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var input = bytes
    return [UInt8](unsafeUninitializedCapacity: bytes.count + 1_000) { output, count in
      input.withUnsafeMutableBufferPointer { source in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        deflate(&stream, Z_FINISH)
        count = Int(stream.total_out)
      }
    }
  }

  /// Zips files with the `zip` program; a name that ends in a slash is a folder.
  static func zip(_ members: [(String, [UInt8])], password: String? = nil) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    for (name, bytes) in members {
      if name.hasSuffix("/") {
        try FileManager.default.createDirectory(atPath: folder.path + "/" + name, withIntermediateDirectories: true)
      } else {
        try folder.write(name, bytes)
      }
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/zip")
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.arguments = ["-q"] + (password.map { ["-P", $0] } ?? []) + ["out.zip"] + members.map(\.0)
    try process.run()
    process.waitUntilExit()
    return Array(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/out.zip")))
  }
}

/// The collected results of reading a file.
struct Gathered {
  var reports: [ReadReport] = []
  var rows = 0
  var heads: [ReportHead] = []
  var rejections: [InputError] = []
  var others: [String] = []
  var resumedAt: [Int64] = []
  var mark: MboxPosition?

  init(_ path: String, limits: Limits = Limits(), batchRows: Int = 16_384, after mark: MboxPosition? = nil) throws {
    var gathered: [ReportEvent] = []
    for file in DirectoryWalk([path]).files {
      try ReportReader(limits: limits, batchRows: batchRows).read(file, after: mark) { gathered.append($0) }
    }
    for event in gathered { add(event) }
  }

  private mutating func add(_ event: ReportEvent) {
    switch event {
    case .rows(let part):
      rows += part.rows.rows.count
      heads.append(part.head)
    case .report(let report):
      rows += report.lastRows.rows.count
      reports.append(report)
    case .restarted: rows = 0
    case .rejected(_, let why): rejections.append(why)
    case .notAReport(_, let kind): others.append(kind)
    case .mail: break
    case .resumed(let offset): resumedAt.append(offset)
    case .mboxEnd(let end): mark = end
    }
  }
}
