import DMARC
import Glibc
import IMAP
import Ingestion
import Intake
import Render
import Settings
import Verdict

/// The questions of `init`, in their order, and the trial of each answer.
struct SetupQuestions {
  private let dialogue: SetupDialogue
  let target: SetupTarget

  init(_ phrasebook: Phrasebook, _ target: SetupTarget) {
    (dialogue, self.target) = (SetupDialogue(phrasebook: phrasebook), target)
  }

  /// The language, asked before all else, in both languages.
  static func language(_ usual: Language) throws -> Language {
    try SetupDialogue(phrasebook: Phrasebook(usual)).ask("ask-language", usual: usual.rawValue) {
      Language(rawValue: $0.lowercased())
    }
  }

  /// Asks for what the options have not said.
  func complete(_ draft: inout ConfigurationDraft) throws {
    if draft.domains.isEmpty {
      draft.domains = try dialogue.ask("ask-domains") { text in
        try text.split { $0 == "," || $0.isWhitespace }.map { try DomainName(argument: String($0)) }
      }
    }
    let isFolder = try dialogue.ask("ask-kind", usual: "1") { ["1": true, "2": false][$0] }
    if isFolder { draft.sources = [try source()] } else { draft.account = try account(draft) }
    if draft.database == nil {
      draft.database = try dialogue.ask("ask-database", usual: target.database) {
        try SetupPath.absolute($0, of: "database")
      }
    }
  }

  /// The most answers that are tried.
  private static let mostTrials = 10

  private func source() throws -> String {
    var last: String?
    for _ in 0..<Self.mostTrials {
      let path = try dialogue.ask("ask-path", usual: last) { try SetupPath.absolute($0, of: "path") }
      let trial = SetupTrial(dialogue.phrasebook)
      if try trial.succeeds(path) || dialogue.confirm("ask-anyway") { return path }
      last = path
    }
    throw CommandError.source(dialogue.phrasebook.text("init.stopped"))
  }

  private func account(_ draft: ConfigurationDraft) throws -> ConfigurationDraft.Account {
    var account = ConfigurationDraft.Account()
    for _ in 0..<Self.mostTrials {
      try ask(&account)
      var draft = draft
      draft.account = account
      let trial = SetupTrial(dialogue.phrasebook)
      if try trial.succeeds(try draft.configuration(target.path).accounts) || dialogue.confirm("ask-anyway") {
        return account
      }
    }
    throw CommandError.source(dialogue.phrasebook.text("init.stopped"))
  }

  private func ask(_ account: inout ConfigurationDraft.Account) throws {
    func plain(_ code: String, _ usual: String?) throws -> String {
      try dialogue.ask(code, usual: usual) { try SetupPath.plain($0, of: "answer") }
    }
    func usual(_ text: String) -> String? { text.isEmpty ? nil : text }
    (account.server, account.port) = try dialogue.ask(
      "ask-server", usual: usual(account.server + (account.port.map { ":\($0)" } ?? ""))
    ) { try SetupServer.parts($0) }
    account.user = try plain("ask-user", usual(account.user))
    let isFile = try dialogue.ask("ask-secret", usual: account.secret?.key == "password_command" ? "2" : "1") {
      ["1": true, "2": false][$0]
    }
    if isFile {
      let folder = target.path.lastIndex(of: "/").map { String(target.path[..<$0]) } ?? ""
      let last = account.secret?.key == "password_file" ? account.secret?.value : nil
      let path = try dialogue.ask("ask-password-file", usual: last ?? folder + "/password") {
        try SetupPath.absolute($0, of: "password_file")
      }
      try makePassword(path)
      account.secret = ("password_file", path)
    } else {
      let last = account.secret?.key == "password_command" ? account.secret?.value : nil
      account.secret = ("password_command", try plain("ask-password-command", last))
    }
    account.folders = try dialogue.ask("ask-folders", usual: account.folders.joined(separator: ", ")) { text in
      let names = text.split(separator: ",").map { $0.split(separator: " ").joined(separator: " ") }
      return names.isEmpty ? nil : try names.map { try SetupPath.plain($0, of: "answer") }
    }
    let after: MessageAction = try dialogue.ask("ask-after", usual: account.after ?? "keep") {
      try MessageAction(SetupPath.plain($0, of: "answer"))
    }
    account.after = "\(after)"
  }

  /// Offers to create a password file that does not exist.
  private func makePassword(_ path: String) throws {
    guard access(PathText.native(path), F_OK) != 0 else { return }
    let password = try dialogue.askSecretly("ask-password")
    guard !password.isEmpty else { return dialogue.say("no-password", ["path": path]) }
    let target = try SetupTarget(named: path)
    try target.write(password + "\n", replaces: false)
    dialogue.say("password-written", ["path": path, "mode": target.octalMode])
  }
}

/// The server of an account as people type it.
enum SetupServer {
  /// `imap.example.com`, or `imap.example.com:143`; nil if it cannot be one.
  static func parts(_ text: String) throws -> (String, Int?)? {
    let text = try SetupPath.plain(text, of: "--server")
    guard !text.contains("@"), !text.contains("/"), !text.contains(" ") else { return nil }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, !text.hasPrefix("[") else { return (text, nil) }
    guard let port = Int(parts[1]), (1...65_535).contains(port), !parts[0].isEmpty else { return nil }
    return (String(parts[0]), port)
  }
}

/// Tries the sources of a draft, and says what it finds.
struct SetupTrial {
  private let phrasebook: Phrasebook

  init(_ phrasebook: Phrasebook) { self.phrasebook = phrasebook }

  private func say(_ code: String, _ values: [String: String]) {
    Terminal.complain(lines: [phrasebook.text("init.\(code)", values)])
  }

  /// Whether a folder or file can be read. Without a report in it, it can.
  func succeeds(_ path: String) throws -> Bool {
    switch try SourceTrial.read(path, Limits()) {
    case .report(let file, let reporter, let domain):
      say("found-report", ["file": file, "reporter": reporter, "domain": domain])
    case .noReport(let files): say("no-report", ["path": path, "count": "\(files)"])
    case .empty: say("empty", ["path": path])
    case .failed(let path, let cause):
      say("unreadable", ["path": path, "cause": cause])
      return false
    }
    return true
  }

  /// Whether all accounts can be read.
  func succeeds(_ accounts: [MailAccount]) -> Bool {
    accounts.map { SourceTrial.read($0) { Terminal.complain(lines: [$0.printed]) } }.allSatisfy { $0 }
  }
}
