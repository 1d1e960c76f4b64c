import ArgumentParser
import IMAP
import Settings

/// How to log in to a mailbox named by a URL, and how to clean up its messages.
struct MailboxOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Read the password from the first line of this file. (default: $DMARCSTAT_IMAP_PASSWORD)", valueName: "file"),
    completion: .file())
  var passwordFile: String?
  @Option(help: ArgumentHelp("Read the password from the first line that this command prints.", valueName: "command"))
  var passwordCommand: String?
  @Option(
    help: ArgumentHelp("Read an OAuth 2.0 token from the first line that this command prints.", valueName: "command"))
  var tokenCommand: String?
  @Option(
    help: ArgumentHelp("Trust only certificates issued by the authorities in this PEM file.", valueName: "file"),
    completion: .file())
  var caFile: String?
  @Option(
    help: ArgumentHelp(
      "What to do with messages that contain a rejected report: keep or move:FOLDER.", valueName: "action"))
  var rejected: String?
  @Option(help: ArgumentHelp("What to do with messages without a report: keep or move:FOLDER.", valueName: "action"))
  var other: String?

  func validate() throws {
    guard [passwordFile, passwordCommand, tokenCommand].compactMap(\.self).count <= 1 else {
      throw ValidationError("Use only one of --password-file, --password-command and --token-command.")
    }
    for (name, text) in [("--rejected", rejected), ("--other", other)] {
      guard let text else { continue }
      switch MessageAction(text) {
      case .keep?, .move?: break
      default: throw ValidationError("\(name) must be keep or move:FOLDER.")
      }
    }
  }

  /// The account named by a URL; these options override the settings of that account in the configuration.
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
