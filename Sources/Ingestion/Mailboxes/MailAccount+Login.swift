package import IMAP
package import Settings

extension MailAccount {
  /// The login sequence of this account.
  package func loginSequence(_ deadline: Deadline, note: @escaping @Sendable (String) -> Void) -> LoginSequence {
    var loginSequence = LoginSequence(endpoint) {
      guard let secret else {
        throw IMAPError(
          .login, "no password is configured: set password_file, password_command, password_env or token_command")
      }
      return Credentials(user: user, secret: try secret.read(deadline), mechanism: mechanism)
    }
    // A command may cause a network request or ask the user for a token, so it is not run only for the mask.
    if let known = secret?.known { loginSequence.mask = SecretMask([known]) }
    loginSequence.clientName = "dmarcstat"
    loginSequence.allowsPlaintextPassword = allowsPlaintextPassword
    loginSequence.onAlert = { note("\(name): message from the server: \($0)") }
    return loginSequence
  }
}
