import DMARC
import Foundation
import Glibc
import Intake
import Store

@testable import IMAP
@testable import Ingestion

/// A folder that is removed when the test ends.
final class TemporaryFolder {
  let path: String

  init(in parent: String = NSTemporaryDirectory()) throws {
    path = parent + "/dmarcstat-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    let file = path + "/" + name
    try FileManager.default.createDirectory(
      at: URL(fileURLWithPath: file).deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    return file
  }

  func content(_ name: String) -> String? {
    FileManager.default.contents(atPath: "\(path)/\(name)").map { String(decoding: $0, as: UTF8.self) }
  }

  func names(_ name: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(name)").sorted()
  }

  /// The files as a walk through the folder finds them.
  var files: [PendingInput] { DirectoryWalk([path]).files.map { .file($0) } }
}

/// Inputs and events for tests.
enum Make {
  static let key = MailboxKey(account: "imap://a@imap.example.com", name: "INBOX", uidValidity: 7)

  static func mailbox(_ key: MailboxKey = key) -> SourceMailbox { SourceMailbox(key, name: "imap://a/\(key.name)") }

  /// A message whose content does not matter.
  static func message(
    _ uid: UInt32, size: Int64 = 1, in mailbox: SourceMailbox = mailbox(), doubt: ContentDoubt? = nil
  ) -> PendingInput {
    .message(
      FetchedMessage(
        mailbox: mailbox, facts: .init(uid: uid, size: size), content: .failure(InputError(.empty, "it is empty")),
        doubt: doubt))
  }

  /// The identifiers of messages; nil for files.
  static func uids(_ inputs: [PendingInput]) -> [UInt32?] {
    inputs.map { if case .message(let message) = $0 { message.facts.uid } else { nil } }
  }

  static func report(id: String = "1", records: Int = 1, count: Int = 2) -> String {
    let record =
      "<record><row><source_ip>192.0.2.1</source_ip><count>\(count)</count><policy_evaluated>"
      + "<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row><identifiers>"
      + "<header_from>example.com</header_from></identifiers><auth_results><dkim><domain>example.com</domain>"
      + "<result>pass</result></dkim></auth_results></record>"
    return "<feedback><report_metadata><org_name>R</org_name><report_id>\(id)</report_id><date_range>"
      + "<begin>1790812800</begin><end>1790899199</end></date_range></report_metadata><policy_published>"
      + "<domain>example.com</domain><p>none</p></policy_published>" + String(repeating: record, count: records)
      + "</feedback>"
  }

  /// What reading a text brings; with few rows in memory, a report is a long one.
  static func events(_ text: String, batchRows: Int = 1_000) throws -> [ReportEvent] {
    var events: [ReportEvent] = []
    try ReportReader(batchRows: batchRows).read(Array(text.utf8), hints: ReportHints()) { events.append($0) }
    return events
  }
}

/// A thread that may have to wait for others.
final class TestThread: Sendable {
  private let state = Monitor<(task: String?, hasEnded: Bool)>((nil, false))

  init(_ body: @escaping @Sendable () -> Void) throws {
    let state = state
    try WorkerThread.start {
      let task = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
      state.update { $0.task = task ?? "" }
      body()
      state.update { $0.hasEnded = true }
    }
  }

  /// Waits until the thread sleeps or has ended.
  /// - Returns: whether it sleeps.
  func isWaiting() -> Bool {
    let task = state.wait { $0.task } ?? ""
    // It may also sleep for a moment on its way.
    var seen = 0
    while seen < 5 {
      if state.read({ $0.hasEnded }) { return false }
      let status = try? String(contentsOfFile: "/proc/\(task)/stat", encoding: .utf8)
      let word = status?.split(separator: ")").last?.split(separator: " ").first
      seen = word == "S" ? seen + 1 : 0
      usleep(500)
    }
    return true
  }

  /// Waits for its end.
  func join() { state.wait { $0.hasEnded ? () : nil } }
}
