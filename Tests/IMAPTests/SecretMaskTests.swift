import Foundation
import Synchronization
import Testing

@testable import IMAP

@Suite struct SecretMaskTests {
  static let secret = "correct-horse/battery+staple 42"
  static let user = "dmarc@example.com"
  static let mask = Credentials(user: user, secret: .password(secret)).mask(Endpoint(host: "imap.example.com"))

  static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
  static func encoded(_ format: (UInt8) -> String) -> String { secret.utf8.map(format).joined() }
  static func hexadecimal(_ byte: UInt8) -> String { String(byte, radix: 16) }

  static let forms = [
    secret, secret.uppercased(), base64(secret), base64("x" + secret), base64("xy" + secret + "z"),
    base64("\0u\0" + secret), base64("\0\(user)\0" + secret), base64("\(user)\0\(user)\0" + secret),
    base64("user=\(user)\u{1}auth=Bearer \(secret)\u{1}\u{1}"),
    base64(secret).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: ""),
    "correct-horse%2Fbattery%2Bstaple%2042", "correct-horse%2Fbattery%2Bstaple+42",
    "correct%2Dhorse%2Fbattery%2Bstaple%2042", "correct-horse/battery", "battery+staple 42",
    String(base64("\0\(user)\0" + secret).suffix(24)), encoded(hexadecimal), encoded(hexadecimal).uppercased(),
    encoded { hexadecimal($0) + " " }, encoded { "%" + hexadecimal($0) },
    encoded { "=" + hexadecimal($0).uppercased() },
    encoded { "&#\($0);" }, encoded { "\($0), " }, secret.map { "\($0) " }.joined(), secret.map { "\($0)." }.joined(),
    String(secret.reversed()), String(encoded(hexadecimal).reversed()), String(base64(secret).reversed()),
    Data(secret.utf8.flatMap { [$0, 0] }).base64EncodedString(), encoded { hexadecimal($0) + "00" },
    encoded { "00" + hexadecimal($0) },
    encoded { "\\u00" + hexadecimal($0) }, encoded { "\\x" + hexadecimal($0) },
    encoded { "&#x" + hexadecimal($0) + ";" },
    base64(base64(secret)), base64("a " + base64("xy" + secret + "z") + " b"),
    base64(base64("\0\(user)\0" + secret)), "pbeerpg-ubefr/onggrel+fgncyr 42",
  ]

  @Test(arguments: forms) func secretsAreMasked(text: String) {
    for said in [text, "NO [AUTH] no: \(text), sorry", "a=\"\(text)\""] {
      #expect(Self.mask.masked(said) == "***")
    }
  }

  @Test(arguments: [
    "", "OK", "IMAP ready, horses are correct", user, String(repeating: "a", count: 4_000),
  ])
  func otherTextsAreUnchanged(text: String) { #expect(Self.mask.masked(text) == text) }

  @Test func longTextsAreTruncated() {
    #expect(Self.mask.masked(String(repeating: "a", count: 5_000) + Self.secret).count == 4_096)
  }

  @Test func shortSecretsAreMaskedOnlyAsWholeWords() {
    let mask = SecretMask(["abcd", "", "x"])
    #expect(mask.masked("LOGIN abcd x") == "***")
    #expect(mask.masked("LOGIN abc x") == "LOGIN abc x")
    #expect(SecretMask().masked("abcd") == "abcd")
  }

  @Test func quotedSecrets() {
    let mask = SecretMask(["pass word\"\\\u{e4}"])
    #expect(mask.masked("LOGIN u \"pass word\\\"\\\\\u{e4}\"") == "***")
  }
}

@Suite struct SessionClockTests {
  @Test func stopRunsItsActions() {
    let parent = Deadline()
    let clock = parent.shortened(to: 60)
    let (early, forgotten, late) = (Count(), Count(), Count())
    let tokens = (0..<3).map { _ in Deadline.Token() }
    clock.whenStopped(tokens[0]) { early.add() }
    clock.whenStopped(tokens[1]) { forgotten.add() }
    clock.forget(tokens[1])
    parent.stop()
    #expect(early.value == 1 && forgotten.value == 0 && clock.hasBeenStopped)
    clock.whenStopped(tokens[2]) { late.add() }
    #expect(late.value == 1)
  }
}

private final class Count: Sendable {
  private let number = Mutex(0)

  func add() { number.withLock { $0 += 1 } }

  var value: Int { number.withLock { $0 } }
}
