import Testing

@testable import IMAP

@Suite struct ServerIdentityTests {
  private func isFor(_ host: String, _ names: [String], addresses: [[UInt8]] = []) -> Bool {
    let names = ServerIdentity.CertificateNames(hosts: names.map { Array($0.utf8) }, addresses: addresses)
    return ServerIdentity(host).mismatch(names) == nil
  }

  @Test(arguments: [
    ("imap.example.com", "imap.example.com"), ("IMAP.example.com.", "imap.EXAMPLE.com"), ("localhost", "localhost"),
    ("imap.example.com", "*.example.com"), ("imap.example.com", "*.example.com."),
    ("xn--bcher-kva.example.com", "*.example.com"), ("a_b.example.com", "a_b.example.com"),
  ])
  func namesThatMatch(host: String, name: String) { #expect(isFor(host, ["other.example", name])) }

  @Test(arguments: [
    ("imap.example.com", "*"), ("imap.example.com", "*."), ("localhost", "*"), ("example.com", "*.com"),
    ("imap.example.com", "i*.example.com"), ("imap.example.com", "*p.example.com"),
    ("imap.example.com", "i*p.example.com"),
    ("imap.example.com", "imap.*.com"), ("imap.example.com", "imap.example.*"), ("imap.example.com", "*.*.com"),
    ("a.imap.example.com", "*.example.com"), ("example.com", "*.example.com"), (".example.com", "*.example.com"),
    ("imap.example.com", "imap.example.com\0.evil.example"), ("imap.example.com", ""),
    ("imap.example.com", "example.com"),
    ("imap.example.com", "**.example.com"), ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("10.0.0.1", "*.0.0.1"),
    ("imap.example.com", "xn--*.example.com"), ("imap..com", "*..com"), ("", ""), ("", "*"),
  ])
  func namesThatDoNotMatch(host: String, name: String) { #expect(!isFor(host, [name])) }

  @Test func addressesMatchAddressesOnly() {
    #expect(isFor("127.0.0.1", [], addresses: [[127, 0, 0, 1]]))
    #expect(isFor("::1", [], addresses: [[UInt8](repeating: 0, count: 15) + [1]]))
    #expect(!isFor("127.0.0.1", [], addresses: [[127, 0, 0, 2], [127, 0, 0], []]))
    #expect(!isFor("localhost", [], addresses: [[127, 0, 0, 1]]))
  }

  @Test func errorsNameWhatTheCertificateIsFor() {
    let names = ServerIdentity.CertificateNames(hosts: [Array("mail.example.net".utf8)], addresses: [[192, 0, 2, 1]])
    let message = ServerIdentity("imap.example.com").mismatch(names)?.message ?? ""
    #expect(message.contains("mail.example.net, 192.0.2.1"))
    #expect(message.contains("imap.example.com"))
    let none = ServerIdentity("imap.example.com").mismatch(.init())?.message ?? ""
    #expect(none.contains("common name"))
  }

  @Test(arguments: [
    ("b\u{fc}cher.example", "xn--bcher-kva.example"), ("imap.example.com", "imap.example.com"),
    ("\u{4f8b}\u{3048}.\u{30c6}\u{30b9}\u{30c8}", "xn--r8jz45g.xn--zckzah"),
    ("B\u{dc}CHER.example", "xn--bcher-kva.example"),
    ("xn--bcher-kva.example", "xn--bcher-kva.example"),
  ])
  func internationalisedNames(written: String, ascii: String) { #expect(ASCIIHost.name(written) == ascii) }
}
