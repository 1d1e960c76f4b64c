import Foundation
import Testing

@testable import IMAP

@Suite struct SecretMaskTests {
  static let secret = "correct-horse/battery+staple 42"
  static let mask = Credentials(user: "dmarc@example.com", secret: .password(secret))
    .mask(Endpoint(host: "imap.example.com"))

  static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

  @Test(arguments: [
    secret, secret.uppercased(), base64(secret), base64("x" + secret), base64("xy" + secret + "z"),
    base64("\0u\0" + secret),
    base64("\0dmarc@example.com\0" + secret), base64("user=dmarc@example.com\u{1}auth=Bearer \(secret)\u{1}\u{1}"),
    base64(secret).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: ""),
    "correct-horse%2Fbattery%2Bstaple%2042", "correct-horse%2Fbattery%2Bstaple+42",
    "correct%2Dhorse%2Fbattery%2Bstaple%2042",
    "correct-horse/battery", "battery+staple 42", String(base64("\0dmarc@example.com\0" + secret).suffix(24)),
  ])
  func hides(text: String) {
    for said in [text, "NO [AUTH] no: \(text), sorry", "a=\"\(text)\""] {
      let masked = Self.mask.masked(said)
      #expect(masked.contains("***"))
      #expect(!masked.contains(text))
      #expect(!masked.lowercased().contains("battery"))
    }
  }

  @Test(arguments: [
    "", "OK", "IMAP ready, horses are correct", "dmarc@example.com", String(repeating: "a", count: 5_000),
  ])
  func leavesOtherTexts(text: String) { #expect(Self.mask.masked(text) == text) }

  @Test func shortSecretsAreHiddenWhole() {
    let mask = SecretMask(["abcd", "", "x"])
    #expect(mask.masked("LOGIN abcd x") == "LOGIN *** x")
    #expect(SecretMask().masked("abcd") == "abcd")
  }

  @Test func quotedSecrets() {
    let mask = SecretMask(["pass word\"\\\u{e4}"])
    #expect(mask.masked("LOGIN u \"pass word\\\"\\\\\u{e4}\"") == "LOGIN u \"***\"")
  }
}
