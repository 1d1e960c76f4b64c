import IMAP
import Testing

@testable import Settings

@Suite struct MailURLTests {
  @Test(arguments: [("imaps://a@b", true), ("IMAP://a@b", true), ("https://a@b", false), ("imaps:/a@b", false)])
  func aURLIsKnownByItsScheme(_ text: String, _ isOne: Bool) { #expect(MailURL.isOne(text) == isOne) }

  @Test func aURLNamesServerUserAndFolder() throws {
    let account = try MailURL.account("imaps://dmarc%40example.com@imap.example.com/Reports%2FNew", [])
    #expect(account.endpoint.host == "imap.example.com")
    #expect(account.endpoint.security == .implicit)
    #expect(account.endpoint.port == 993)
    #expect(account.user == "dmarc@example.com")
    #expect(account.folders == ["Reports/New"])
    #expect(account.secret == .environment("DMARCSTAT_IMAP_PASSWORD"))
    #expect(account.isNamedByURL)
  }

  @Test func folderDefaultsToTheInbox() throws {
    let account = try MailURL.account("imap://dmarc@example.com@[2001:db8::1]:1143", [])
    #expect(account.endpoint.host == "2001:db8::1")
    #expect(account.endpoint.port == 1143)
    #expect(account.endpoint.security == .starttls)
    #expect(account.user == "dmarc@example.com")
    #expect(account.folders == ["INBOX"])
  }

  @Test func urlUsesTheSettingsOfAMatchingAccount() throws {
    var known = MailAccount(name: "reports", endpoint: Endpoint(host: "imap.example.com"), user: "dmarc")
    known.secret = .file("/etc/secret")
    known.after = .delete
    let account = try MailURL.account("imaps://dmarc@IMAP.example.com/Old", [known])
    #expect(account.name == "reports")
    #expect(account.secret == .file("/etc/secret"))
    #expect(account.after == .delete)
    #expect(account.folders == ["Old"])
    #expect(try MailURL.account("imaps://other@imap.example.com", [known]).secret != known.secret)
  }

  @Test(arguments: [
    "imaps://imap.example.com", "imaps://@imap.example.com", "imaps://a@", "imaps://a@b:0", "imaps://a@b:65536",
    "imaps://a@b:99999999999999999999", "imaps://a@b:x",
  ])
  func aMalformedURLIsRejectedWithTheRightForm(_ text: String) {
    let error = #expect(throws: SettingsError.self) { try MailURL.account(text, []) }
    #expect(error?.problem.contains("write imaps://user@host/FOLDER") == true)
  }

  @Test func aPasswordInAURLIsNotRepeated() {
    let error = #expect(throws: SettingsError.self) { try MailURL.account("imaps://a:hush@b", []) }
    #expect(error == MailURL.passwordInURL)
    #expect(error?.description.contains("hush") == false)
  }
}
