import ArgumentParser
import Settings

/// How to get into a mailbox that is named by a URL, and what becomes of its mails.
struct MailboxOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The password is the first line of this file. (default: $DMARCSTAT_IMAP_PASSWORD)", valueName: "file"),
    completion: .file())
  var passwordFile: String?
  @Option(help: ArgumentHelp("The password is the first line that this prints.", valueName: "command"))
  var passwordCommand: String?
  @Option(help: ArgumentHelp("An OAuth 2.0 token is the first line that this prints.", valueName: "command"))
  var tokenCommand: String?
  @Option(
    help: ArgumentHelp("Trust only certificates of the authorities in this PEM file.", valueName: "file"),
    completion: .file())
  var caFile: String?
  @Option(help: ArgumentHelp("What becomes of mails with a rejected report: keep or move:FOLDER.", valueName: "action"))
  var rejected: String?
  @Option(help: ArgumentHelp("What becomes of mails without a report: keep or move:FOLDER.", valueName: "action"))
  var other: String?

  func validate() throws {
    guard [passwordFile, passwordCommand, tokenCommand].compactMap(\.self).count <= 1 else {
      throw ValidationError("Give one of --password-file, --password-command and --token-command.")
    }
    for (name, text) in [("--rejected", rejected), ("--other", other)] {
      guard let text else { continue }
      switch MessageAction(text) {
      case .keep?, .move?: break
      default: throw ValidationError("\(name) takes keep or move:FOLDER.")
      }
    }
  }

  /// The account that a URL names, with these options over what the configuration says of it.
  func account(_ url: String, _ configuration: Configuration) throws -> MailAccount {
    var account = try MailURL.account(url, configuration.accounts)
    if let passwordFile { account.secret = .file(passwordFile) }
    if let passwordCommand { account.secret = .command(passwordCommand) }
    if let tokenCommand { account.secret = .tokenCommand(tokenCommand) }
    if let caFile { account.endpoint.authorities = caFile }
    if let rejected, let action = MessageAction(rejected) { account.rejected = action }
    if let other, let action = MessageAction(other) { account.other = action }
    return account
  }
}
