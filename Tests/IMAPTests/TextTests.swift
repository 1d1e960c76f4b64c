import Testing

@testable import IMAP

/// Encoding of names, commands and dates.
@Suite struct TextTests {
  @Test(arguments: [
    ("INBOX", "INBOX"), ("Archiv/Ä & Ö", "Archiv/&AMQ- &- &ANY-"),
    ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
    ("Entwürfe", "Entw&APw-rfe"), ("😀", "&2D3eAA-"), ("a&b", "a&-b"), ("\u{7}", "&AAc-"),
  ])
  func mailboxNames(name: String, text: String) {
    // The examples with 台北 are from RFC 3501 §5.1.3.
    #expect(MailboxName.encoded(name) == text)
    #expect(MailboxName.decoded(Array(text.utf8)) == name)
  }

  @Test(arguments: ["&", "a&b", "&ä-", "&AA-", "Entwürfe", "&AMQ", "&A-"])
  func invalidModifiedUTF7IsUnchanged(text: String) {
    #expect(MailboxName.decoded(Array(text.utf8)) == text)
  }

  @Test func internalDates() {
    func epoch(_ text: String) -> Int64? { InternalDate.epoch(Array(text.utf8)) }
    #expect(epoch("17-Jul-1996 02:44:25 -0700") == 837_596_665)
    #expect(epoch(" 1-Oct-2026 06:00:00 +0000") == 1_790_834_400)
    #expect(epoch("29-Feb-2024 23:59:60 +0530") == 1_709_231_400)
    for wrong in [
      "", "1-Oct-2026", "32-Oct-2026 06:00:00 +0000", "1-Okt-2026 06:00:00 +0000", "1-Oct-2026 06:00:00 UTC",
      "1-Oct-99999999999999 06:00:00 +0000", "1-Oct-2026 06:00:00 +99999",
    ] {
      #expect(epoch(wrong) == nil, "\(wrong)")
    }
  }

  @Test func commandsQuoteStringsOrSendLiterals() {
    func text(_ command: IMAPCommand) -> String {
      command.parts.map { part in
        switch part {
        case .text(let text): text
        case .literal(let bytes): "{\(bytes.count)}\(String(decoding: bytes, as: UTF8.self))"
        }
      }.joined()
    }
    #expect(text(IMAPCommand("LOGIN").adding("a@b").adding("x\"y\\z")) == #"LOGIN "a@b" "x\"y\\z""#)
    #expect(text(IMAPCommand("LOGIN").adding("ä").adding("a\r\nb")) == "LOGIN {2}ä {4}a\r\nb")
    #expect(text(IMAPCommand("SELECT").adding(mailbox: "Ä")) == #"SELECT "&AMQ-""#)
    #expect(IMAPCommand("UID FETCH 1:2 (UID)").name == "UID FETCH")
    #expect(IMAPCommand("LOGIN").adding("a").adding("secret").name == "LOGIN")
  }

  @Test func tokensAreSentInTheirMechanismsFormat() {
    let endpoint = Endpoint(host: "imap.example.com")
    let credentials = Credentials(user: "a=b,c@example.com", secret: .token("T"))
    func text(_ mechanism: Credentials.Mechanism) -> String {
      String(decoding: credentials.message(mechanism, endpoint), as: UTF8.self)
    }
    #expect(text(.xoauth2) == "user=a=b,c@example.com\u{1}auth=Bearer T\u{1}\u{1}")
    #expect(
      text(.oauthbearer)
        == "n,a=a=3Db=2Cc@example.com,\u{1}host=imap.example.com\u{1}port=993\u{1}auth=Bearer T\u{1}\u{1}")
    #expect(text(.plain) == "\0a=b,c@example.com\0T")
  }

  @Test func throttlingResponsesNameThePause() {
    func error(_ text: String, _ code: String? = nil) -> IMAPError {
      IMAPError(refusing: "SELECT", StatusResponse(condition: .no, code: code, codeText: "", text: text))
    }
    let throttled = error("Request is throttled. Suggested Backoff Time: 299910 milliseconds")
    #expect((throttled.kind, throttled.retryAfter) == (.throttled, 299.91))
    #expect(error("[ALERT] Too many simultaneous connections. (Failure)").kind == .throttled)
    #expect(error("later", "UNAVAILABLE").isTransient)
    #expect(error("User is authenticated but not connected.").isTransient)
    #expect(error("no such mailbox", "NONEXISTENT").kind == .mailbox)
    #expect(!error("no").isTransient)
    #expect(error(String(repeating: "x", count: 100_000)).message.count < 300)
  }

  @Test func noSecretIsRepeated() {
    let mask = SecretMask(["open sesame"])
    for text in ["it sent open sesame", "it sent b3BlbiBzZXNhbWU=", "it sent open%20sesame"] {
      let error = IMAPError(.protocol, text, retryAfter: 1).masked(by: mask)
      #expect(error.kind == .protocol && error.retryAfter == 1 && !error.message.contains("esame"))
    }
    let other = IMAPError(.protocol, "it sent a line that is not IMAP")
    #expect(other.masked(by: mask) == other)
  }

  @Test func onlyCodesAreShownBeforeTheLogin() {
    func message(_ code: String?, shown: String = "") -> String {
      let status = StatusResponse(condition: .no, code: code, codeText: "x", text: "my own words", shown: shown)
      return IMAPError(refusing: "the login", status).message
    }
    #expect(message("AUTHENTICATIONFAILED") == "the login was refused: [AUTHENTICATIONFAILED]")
    #expect(!message("OPENSESAME").contains("OPENSESAME") && !message(nil).contains("my own"))
    #expect(message("NOPERM", shown: "my own words") == "the login was refused: [NOPERM] my own words")
  }

  @Test func loopbackIsThisMachineOnly() {
    for (host, isLoopback) in [
      ("localhost", true), ("127.0.0.1", true), ("127.8.9.1", true), ("::1", true), ("127.example.com", false),
      ("localhost.example.com", false), ("192.0.2.1", false), ("127.0.0.1.example.com", false),
    ] {
      #expect(Endpoint(host: host).isLoopback == isLoopback, "\(host)")
    }
  }
}
