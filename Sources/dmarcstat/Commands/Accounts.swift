import ArgumentParser
import Foundation
import IMAP
import Ingestion
import Render
import Settings

/// The accounts on IMAP servers.
struct Accounts: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accounts",
    abstract: "List and check the email accounts that reports are fetched from.",
    discussion: """
      Accounts are described in the configuration under `accounts`; docs/imap.md has worked examples for Dovecot, Gmail, \
      Microsoft 365 and others.

      EXAMPLES
        dmarcstat accounts list
        dmarcstat accounts test                 check login, folders and rights of all
        dmarcstat accounts folders reports      list the folders on the server
        dmarcstat accounts test imaps://dmarc@example.com@imap.example.com/INBOX
      """, subcommands: [AccountsList.self, AccountsTest.self, AccountsFolders.self],
    defaultSubcommand: AccountsList.self)
}

/// The account that a command is about.
struct AccountArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "The name of an account in the configuration, or imaps://user@host/FOLDER.", valueName: "account"),
    completion: Completions.accounts)
  var name: String

  @OptionGroup(title: "Mailboxes named by URL") var mailboxOptions: MailboxOptions

  func account(_ configuration: Configuration) throws -> MailAccount {
    try mailboxOptions.account(named: name, configuration)
  }
}

extension MailboxOptions {
  /// An account of the configuration, or one that a URL describes.
  fileprivate func account(named name: String, _ configuration: Configuration) throws -> MailAccount {
    MailURL.isOne(name) ? try account(name, configuration) : try configuration.account(named: name)
  }
}

struct AccountsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the accounts of the configuration.",
    discussion: """
      EXAMPLES
        dmarcstat accounts list
        dmarcstat accounts list --format json
      """)

  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var formatOption: FormatOption

  static func sayThatThereAreNone() {
    Terminal.print(lines: ["The configuration has no accounts; docs/imap.md shows how to add one."])
  }

  func run() throws {
    let configuration = try databaseOptions.configuration()
    let rows = configuration.accounts.map { account in
      [
        Cell.text(account.name), .text("\(account.endpoint.host):\(account.endpoint.port)"),
        .text(account.endpoint.security.rawValue), .text(account.user), .list(account.folders),
        .text("\(account.after)"), .text("\(account.rejected)"), .text("\(account.other)"),
      ]
    }
    let columns = ["account", "server", "tls", "user", "folders", "after", "rejected", "other"].map { Column($0) }
    if rows.isEmpty, formatOption.format == .table {
      Self.sayThatThereAreNone()
    } else {
      formatOption.print(ResultTable(columns, rows))
    }
  }
}

struct AccountsFolders: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "folders", abstract: "List the folders of an account, as the server names them.",
    discussion: """
      EXAMPLES
        dmarcstat accounts folders reports
        dmarcstat accounts folders --password-file pw imaps://dmarc@imap.example.com
      """)

  @OptionGroup var argument: AccountArgument
  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var formatOption: FormatOption

  func run() throws {
    let account = try argument.account(try databaseOptions.configuration())
    account.warn()
    let stop = Deadline()
    let signals = GracefulTermination(stop)
    defer { signals.stop() }
    let listings = try CommandError.ofServer(account) {
      let clock = stop.shortened(to: account.runSeconds)
      let session = try account.loginSequence(clock, note: { Terminal.complain($0) }).open(clock)
      defer { session.logOut() }
      return try session.list().map { listing in
        var listing = listing
        listing.name = session.shown(listing.name)
        listing.attributes = listing.attributes.map(session.shown)
        return listing
      }
    }
    let rows = listings.sorted { $0.name < $1.name }.map { listing in
      [
        Cell.text(listing.name), .text(listing.isSelectable ? "yes" : "no"),
        .text(listing.attributes.filter { !$0.hasPrefix("\\has") && $0 != "\\noinferiors" }.joined(separator: " ")),
      ]
    }
    formatOption.print(ResultTable([Column("folder"), Column("holds_mail"), Column("kind")], rows))
  }
}

struct AccountsTest: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Check the connection, encryption, login, folders and rights of accounts.",
    discussion: """
      Nothing is fetched, stored or changed. The exit status is 3 if a check fails.

      EXAMPLES
        dmarcstat accounts test                 all accounts of the configuration
        dmarcstat accounts test reports
        dmarcstat accounts test --password-file pw imaps://dmarc@imap.example.com
      """)

  @Argument(
    help: ArgumentHelp(
      "Names of accounts in the configuration, or imaps://user@host/FOLDER. (default: all accounts)",
      valueName: "account"), completion: Completions.accounts)
  var names: [String] = []

  @OptionGroup(title: "Mailboxes named by URL") var mailboxOptions: MailboxOptions
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let configuration = try databaseOptions.configuration()
    let accounts =
      try names.isEmpty
      ? configuration.accounts : names.map { try mailboxOptions.account(named: $0, configuration) }
    guard !accounts.isEmpty else { return AccountsList.sayThatThereAreNone() }
    let stop = Deadline()
    let signals = GracefulTermination(stop)
    defer { signals.stop() }
    var isComplete = true
    for (number, account) in accounts.enumerated() {
      if number > 0 { Terminal.print(lines: [""]) }
      let check = AccountCheck(account, stop) { Terminal.print(lines: [$0.shown(Terminal.wording)]) }
      if !check.run() { isComplete = false }
    }
    if !isComplete { throw ExitCode(.source) }
  }
}

extension MailAccount {
  /// Warns, in every run, that the account does not verify the server's certificate.
  func warn() {
    guard endpoint.skipsCertificateCheck else { return }
    Terminal.complain(
      of: name,
      "insecure_skip_certificate_check is set: anyone on the network path can read the password and the messages")
  }
}

extension CommandError {
  /// Runs an operation on a server; its errors name the account.
  static func ofServer<Value>(_ account: MailAccount, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as IMAPError {
      throw CommandError.source("\(account.name): \(error.explanation)")
    }
  }
}
