import DMARC
import Intake
import ReportXML

/// Lists the sources that failed DMARC, from files and folders of reports: XML, archives, messages and mbox files.
///
///     swift run ReadReport reports-sample
@main struct ReadReport {
  static func main() throws {
    var reports = 0
    var failures: [IPAddress: Int64] = [:]
    func count(_ batch: RecordBatch) {
      for row in batch.rows where !batch.outcomes[row.outcome].passesDMARC {
        failures[row.source, default: 0] += row.messages
      }
    }

    let reader = ReportReader()
    for file in DirectoryWalk(Array(CommandLine.arguments.dropFirst())).files {
      try reader.read(file) { event in
        switch event {
        case .rows(let part): count(part.rows)
        case .report(let report):
          reports += 1
          count(report.lastRows)
        case .rejected(_, let error): print("\(file.shown): \(error.cause)")
        default: break
        }
      }
    }

    print("\(reports) reports")
    for (source, messages) in failures.sorted(by: { $0.value > $1.value }) { print("\(messages)\t\(source)") }
  }
}
