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

  @Test(arguments: [
    ("imaps://a%3Ab%2Fc@h", "a:b/c", "h", "INBOX"), ("imaps://a@b@h/", "a@b", "h", "INBOX"),
    ("imaps://%C3%BC@h/%E3%83%A1", "ü", "h", "メ"), ("IMAPS://u@H/a/b", "u", "H", "a/b"),
    ("imaps://u@h/%zz", "u", "h", "%zz"), ("imaps://u@[::1]/x", "u", "::1", "x"),
    ("imaps://u@h/a:b@c", "u", "h", "a:b@c"),
  ])
  func partsArePercentEncoded(_ text: String, _ user: String, _ host: String, _ folder: String) throws {
    let account = try MailURL.account(text, [])
    #expect(account.user == user)
    #expect(account.endpoint.host == host)
    #expect(account.folders == [folder])
    #expect(account.endpoint.port == 993)
  }

  @Test(arguments: [
    "imaps://%zz@h", "imaps://u@[]", "imaps://u@[::1]:", "imaps://u@:143", "imaps:///x",
  ])
  func missingOrImpossiblePartsAreRejected(_ text: String) {
    let error = #expect(throws: SettingsError.self) { try MailURL.account(text, []) }
    #expect(error?.problem.contains("imaps://user@host/FOLDER") == true)
  }

  @Test(arguments: ["imaps://a:hush@h", "imap://a:@h", "imaps://a:hush@b@h/x", "imaps://:hush@h"])
  func aPasswordIsRefusedWhereverItStands(_ text: String) {
    let error = #expect(throws: SettingsError.self) { try MailURL.account(text, []) }
    #expect(error?.description.contains("hush") == false)
    #expect(error == MailURL.passwordInURL)
  }

  @Test func anotherPortIsAnotherServer() throws {
    var known = MailAccount(name: "reports", endpoint: Endpoint(host: "h", port: 1_993), user: "u")
    known.secret = .file("/etc/secret")
    #expect(try MailURL.account("imaps://u@h", [known]).name != "reports")
    #expect(try MailURL.account("imaps://u@h:1993", [known]).name == "reports")
  }
}
