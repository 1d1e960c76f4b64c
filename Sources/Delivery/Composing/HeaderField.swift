import DMARC
package import Foundation
import Render
package import Settings

/// A field of a mail header, folded and encoded. Its value is made of ASCII characters by the functions here, none of which lets a
/// line end through, so that no text can begin another field.
package struct HeaderField: Sendable, Hashable {
  /// The field with CR LF at its end.
  package let text: String

  private init(_ name: StaticString, words: [String]) {
    var (text, column) = ("\(name):", name.utf8CodeUnitCount + 1)
    for word in words {
      if column + 1 + word.utf8.count > Self.longestLine, column > name.utf8CodeUnitCount + 1 {
        text += "\r\n"
        column = 0
      }
      text += " " + word
      column += 1 + word.utf8.count
    }
    self.text = text + "\r\n"
  }

  /// The columns of a line (RFC 5322 §2.1.1), of which the limit is 998.
  private static let longestLine = 76
  /// A longer word is encoded, so that it can be folded.
  private static let longestWord = 60

  /// A field of this program's own words.
  package static func own(_ name: StaticString, _ value: StaticString) -> HeaderField {
    HeaderField(name, words: "\(value)".split(separator: " ").map(String.init))
  }

  /// A field of free text, such as the subject. Hidden characters are made visible.
  package static func text(_ name: StaticString, _ text: String) -> HeaderField {
    HeaderField(name, words: words(SafeText.people(text)))
  }

  /// A field with an address.
  package static func address(_ name: StaticString, _ address: MailAddress) -> HeaderField {
    guard let display = address.displayName else { return HeaderField(name, words: [address.address]) }
    return HeaderField(name, words: phrase(display) + ["<\(address.address)>"])
  }

  /// `Message-ID`.
  package static func messageID(_ id: MessageID) -> HeaderField { HeaderField("Message-ID", words: [id.text]) }

  /// `List-Id` (RFC 2919) below the domain of the author.
  package static func listID(_ label: StaticString, _ from: MailAddress) -> HeaderField {
    HeaderField("List-Id", words: ["<\(label).dmarcstat.\(from.domain.name)>"])
  }

  /// `Date`, in UTC.
  package static func date(_ epoch: Int64) -> HeaderField {
    HeaderField("Date", words: MailDate.text(epoch).split(separator: " ").map(String.init))
  }

  /// `Content-Type: multipart/alternative`.
  static func alternatives(_ boundary: MailBoundary) -> HeaderField {
    HeaderField("Content-Type", words: ["multipart/alternative;", "boundary=\"\(boundary.text)\""])
  }

  /// A field of a request with a text without hidden characters, in one line.
  static func oneLine(_ name: StaticString, _ text: String) -> String {
    "\(name): \(words(text).joined(separator: " "))"
  }

  // MARK: Words

  private static func words(_ text: String) -> [String] {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let isPlain =
      text.utf8.allSatisfy { (0x20..<0x7f).contains($0) } && !text.contains("=?")
      && words.allSatisfy { !$0.isEmpty && $0.utf8.count <= longestWord }
    return isPlain ? words : encodedWords(text)
  }

  /// A display name: a quoted string, unless it has to be encoded.
  private static func phrase(_ text: String) -> [String] {
    guard text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }), !text.contains("=?"), text.utf8.count <= longestWord
    else {
      return encodedWords(text)
    }
    return ["\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""]
  }

  /// Encoded words (RFC 2047), each of whole characters.
  private static func encodedWords(_ text: String) -> [String] {
    var words: [String] = []
    var piece: [UInt8] = []
    func end() { words.append("=?UTF-8?B?\(Data(piece).base64EncodedString())?=") }
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      if piece.count + bytes.count > 39 {
        end()
        piece = []
      }
      piece += bytes
    }
    if !piece.isEmpty { end() }
    return words
  }
}

/// The identity of a message, the same at each attempt.
package struct MessageID: Sendable, Hashable {
  package let text: String

  /// - Parameter unique: of hexadecimal digits and hyphens.
  package init(_ unique: UUID, _ from: MailAddress) { text = "<\(unique.uuidString.lowercased())@\(from.domain.name)>" }
}

/// What separates the parts of a message. No quoted-printable or base64 line can begin like it, because of its `=_`.
struct MailBoundary {
  let text: String

  init(_ unique: UUID) { text = "=_dmarcstat-\(unique.uuidString.lowercased())" }
}

/// Dates of mail (RFC 5322 §3.3).
package enum MailDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  package static func text(_ epoch: Int64) -> String {
    let (day, month, year, time) = parts(epoch)
    let number = (epoch >= 0 ? epoch / 86_400 : 0) % 7
    return "\(days[Int(number)]), \(day) \(month) \(year) \(time) +0000"
  }

  /// Day, month, year and time of day in UTC.
  static func parts(_ epoch: Int64) -> (day: Int, month: String, year: Int, time: String) {
    let epoch = max(0, epoch)
    let (year, month, day) = CalendarDay(epoch: epoch).components
    let seconds = epoch % 86_400
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let time = "\(two(seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    return (day, months[(month - 1) % 12], year, time)
  }
}
