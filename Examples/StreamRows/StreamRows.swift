import DMARC
import Glibc
import ReportXML

/// Counts the messages of each source in one aggregate report, read as XML from standard input.
///
///     swift run StreamRows < report.xml
///
/// Memory does not grow with the report: it is parsed as it arrives, and rows are processed in batches.
@main struct StreamRows {
  private let parser = ReportParser()
  private var messages: [IPAddress: Int64] = [:]

  static func main() throws {
    var program = StreamRows()
    do { try program.run() } catch let error as InputError {
      print("rejected: \(error.cause)")
      exit(1)
    }
  }

  private mutating func run() throws {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(STDIN_FILENO, &buffer, buffer.count)
      guard count > 0 else { break }
      try buffer.withUnsafeBytes { try parser.push(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      if parser.bufferedRows > 10_000 { countRows() }
    }
    let report = try parser.finish()
    countRows()
    print("\(report.head.metadata.orgName ?? "unknown"): \(report.rows) rows, \(report.warnings.count) warnings")
    for (source, count) in messages.sorted(by: { $0.value > $1.value }) { print("\(count)\t\(source)") }
  }

  private mutating func countRows() {
    for row in parser.takeBatch().rows { messages[row.source, default: 0] += row.messages }
  }
}
