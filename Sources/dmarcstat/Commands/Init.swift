import ArgumentParser
import DMARC
import Foundation
import Glibc
import IMAP
import Intake
import Render
import Settings
import Verdict

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write a first configuration: your domains, where reports arrive, the database, the language.",
    discussion: """
      On a terminal it asks; with --source or --server it takes everything from its options and asks nothing. It tries the \
      source (reads a report, or logs in), writes the configuration with comments, and prints the line for cron and the next \
      steps. Nothing is stored, and nothing on a mail server is changed.

      A configuration that exists is not overwritten without --force, unless it sets nothing, as that of the package; the older \
      file is kept as FILE.old. The file is readable for its \
      owner only; below /etc, as root, also for the group dmarcstat, if there is one. Running it again with the same answers \
      changes nothing. If the source cannot be read, nothing is written, and the exit status is 3; --skip-test writes anyway.

      EXAMPLES
        dmarcstat init
        dmarcstat init --domain example.com --source ~/dmarc-reports
        dmarcstat init --source ~/Maildir --dry-run
        dmarcstat init --server imap.example.com --user dmarc@example.com --password-file /etc/dmarcstat/password
        dmarcstat init --server imap.example.com --user dmarc@example.com --password-command 'pass show mail/dmarc' --lang ja
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("One of your domains (repeatable).", valueName: "name"))
  var domain: [String] = []

  @Option(
    help: ArgumentHelp("A folder, Maildir, mbox file or other file with reports (repeatable).", valueName: "path"),
    completion: .file())
  var source: [String] = []

  @Flag(help: "Do not try the source.")
  var skipTest = false

  @Flag(help: "Replace an existing configuration, which is kept as FILE.old.")
  var force = false

  @Flag(help: "Try the source and print the configuration, but write nothing.")
  var dryRun = false

  @OptionGroup(title: "A mailbox on an IMAP server") var accountOptions: SetupAccountOptions
  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var languageOption: LanguageOption

  func validate() throws {
    for name in domain { _ = try DomainName(argument: name, of: "--domain") }
    if accountOptions.server == nil, accountOptions.isGiven {
      throw ValidationError("An account needs --server.")
    }
  }

  func run() throws {
    let target = try SetupTarget(named: databaseOptions.config)
    let asks = source.isEmpty && accountOptions.server == nil
    if asks, !SetupDialogue.isPossible {
      throw CommandError.usage(
        "there is no terminal to ask on: name the source with --source or --server, such as `dmarcstat init --source /var/spool/dmarc`"
      )
    }
    if asks, target.isInUse, !force, !dryRun { throw Self.exists(target) }
    var language = languageOption.language()
    if asks, languageOption.chosen == nil { language = try SetupQuestions.language(language) }
    let phrasebook = Phrasebook(language)
    var draft = try draft(language)
    if asks { try SetupQuestions(phrasebook, target).complete(&draft) }
    draft.database = draft.database ?? target.database
    let configuration = try draft.configuration(target.path)
    if !asks, !dryRun {
      if target.contents == draft.text { return try finish(phrasebook, target, "unchanged") }
      if target.isInUse, !force { throw Self.exists(target) }
    }
    if !asks, !skipTest { try test(configuration, phrasebook) }
    guard !dryRun else {
      Terminal.print(PrintableText(ownText: draft.text))
      Terminal.complain(lines: [phrasebook.text("init.dry-run", ["path": target.path])])
      return
    }
    try target.write(draft.text, replaces: force || !target.isInUse)
    warn(configuration, phrasebook, target)
    try finish(phrasebook, target, "written")
  }

  private static func exists(_ target: SetupTarget) -> CommandError {
    .usage(
      "\(target.path): there is a configuration already: `dmarcstat doctor` checks it; name another file with --config, or replace it with --force"
    )
  }

  /// What the options say.
  private func draft(_ language: Language) throws -> ConfigurationDraft {
    var draft = ConfigurationDraft(language: language)
    var seen: Set<DomainName> = []
    draft.domains = try domain.map { try DomainName(argument: $0, of: "--domain") }.filter { seen.insert($0).inserted }
    draft.sources = try source.map { try SetupPath.absolute($0, of: "--source") }
    draft.account = try accountOptions.account()
    let named = databaseOptions.database ?? ProcessInfo.processInfo.environment["DMARCSTAT_DATABASE"]
    if let named, !named.isEmpty { draft.database = try SetupPath.absolute(named, of: "--database") }
    return draft
  }

  /// - Throws: a ``CommandError`` if a source cannot be read.
  private func test(_ configuration: Configuration, _ phrasebook: Phrasebook) throws {
    let trial = SetupTrial(phrasebook)
    var isReadable = true
    for path in configuration.sources where try !trial.succeeds(path) { isReadable = false }
    guard trial.succeeds(configuration.accounts), isReadable else {
      throw CommandError.source("the source cannot be read, so nothing was written: correct it, or use --skip-test")
    }
  }

  /// Warns about files that this user can read, but the services cannot.
  private func warn(_ configuration: Configuration, _ phrasebook: Phrasebook, _ target: SetupTarget) {
    guard target.isSystem, let user = ServiceUser() else { return }
    for path in configuration.sources {
      if path.hasPrefix("/home/") || path.hasPrefix("/root/") {
        Terminal.complain(lines: [phrasebook.text("init.service-home", ["path": path])])
      } else if !user.mayRead(path) {
        Terminal.complain(lines: [phrasebook.text("init.service-unreadable", ["path": path, "user": ServiceUser.name])])
      }
    }
  }

  /// Says what to do next.
  private func finish(_ phrasebook: Phrasebook, _ target: SetupTarget, _ what: String) throws {
    let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "dmarcstat"
    let config: [ShellWord] = ShellWord(target.path).map { ["--config", $0] } ?? []
    let isDefault = target.path == Configuration.path(named: nil)
    // A percent sign ends the command of a line of cron, where variables of this shell are not set.
    let cron = "\(ShellCommand([ShellWord(program) ?? "dmarcstat", "ingest", "--quiet"] + config))"
      .replacing("%", with: "\\%")
    let isService = target.isSystem && ServiceUser() != nil
    let schedule =
      isService && ServiceUser.hasTimer
      ? [phrasebook.text("init.timer"), "  sudo systemctl enable --now dmarcstat.timer"]
      : [phrasebook.text("init.cron"), "  17 * * * *  \(cron)"]
    let start: [ShellWord] = isService ? ["sudo", "-u", "dmarcstat", "dmarcstat"] : ["dmarcstat"]
    Terminal.print(
      lines: [phrasebook.text("init.\(what)", ["path": target.path, "mode": target.octalMode]), ""] + schedule
        + ["", phrasebook.text("init.next")]
        + [["ingest"], ["doctor"], ["summary"]].map { (words: [ShellWord]) in
          let text = "\(ShellCommand(start + words + (isDefault ? [] : config)))"
          let gap = String(repeating: " ", count: max(2, 24 - text.count))
          return "  \(text)\(gap)\(phrasebook.text("init.next-\(words[0].text)"))"
        })
  }
}

/// The account that `init` is to configure.
struct SetupAccountOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The IMAP server, with a port if it is not the usual one.", valueName: "host[:port]"))
  var server: String?
  @Option(help: ArgumentHelp("The user name for the login.", valueName: "name"))
  var user: String?
  @Option(
    help: ArgumentHelp("The password is the first line of this file.", valueName: "file"), completion: .file())
  var passwordFile: String?
  @Option(help: ArgumentHelp("The password is the first line that this command prints.", valueName: "command"))
  var passwordCommand: String?
  @Option(help: ArgumentHelp("An OAuth 2.0 token is the first line that this command prints.", valueName: "command"))
  var tokenCommand: String?
  @Option(
    help: ArgumentHelp("Trust only certificates issued by the authorities in this PEM file.", valueName: "file"),
    completion: .file())
  var caFile: String?
  @Option(help: ArgumentHelp("Encryption: implicit (from the start), starttls or none.", valueName: "mode"))
  var tls: Endpoint.Security?
  @Option(help: ArgumentHelp("A mailbox to read (repeatable). (default: INBOX)", valueName: "name"))
  var folder: [String] = []
  @Option(
    help: ArgumentHelp(
      "What to do with a message after its reports are stored: keep, seen, delete or move:FOLDER. (default: keep)",
      valueName: "action"))
  var after: String?

  var isGiven: Bool {
    [user, passwordFile, passwordCommand, tokenCommand, caFile, after, tls?.rawValue].contains { $0 != nil }
      || !folder.isEmpty
  }

  func validate() throws {
    guard [passwordFile, passwordCommand, tokenCommand].compactMap(\.self).count <= 1 else {
      throw ValidationError("Use only one of --password-file, --password-command and --token-command.")
    }
    if server != nil, user == nil { throw ValidationError("--server needs --user.") }
    if let after, MessageAction(after) == nil {
      throw ValidationError("--after \"\(after)\" is not valid: use keep, seen, delete or move:FOLDER.")
    }
  }

  /// The account; nil without a server.
  func account() throws -> ConfigurationDraft.Account? {
    guard let server else { return nil }
    guard let (host, port) = try SetupServer.parts(server) else {
      throw CommandError.usage("--server \(server): write a host name, with a port if it is not the usual one")
    }
    var account = ConfigurationDraft.Account()
    (account.server, account.port, account.security) = (host, port, tls?.rawValue)
    account.user = try SetupPath.plain(user ?? "", of: "--user")
    account.authorities = try caFile.map { try SetupPath.absolute($0, of: "--ca-file") }
    if let passwordFile {
      account.secret = ("password_file", try SetupPath.absolute(passwordFile, of: "--password-file"))
    } else if let passwordCommand {
      account.secret = ("password_command", try SetupPath.plain(passwordCommand, of: "--password-command"))
    } else if let tokenCommand {
      account.secret = ("token_command", try SetupPath.plain(tokenCommand, of: "--token-command"))
    }
    if !folder.isEmpty { account.folders = try folder.map { try SetupPath.plain($0, of: "--folder") } }
    account.after = try after.map { try SetupPath.plain($0, of: "--after") }
    return account
  }
}

extension Endpoint.Security: ExpressibleByArgument {}
