import DMARC
import Foundation

/// The place of a row in the order of an answer: numbers, the lowest first, then the bytes of a key that no other row has.
///
/// A page resumes after a place, not after a number of rows. Rows that came, went or moved meanwhile make no other row appear twice or
/// not at all.
struct RowPosition: Hashable, Comparable {
  let ranks: [Int64]
  let key: String

  init(_ ranks: Int64..., key: String) { (self.ranks, self.key) = (ranks, key) }

  private init(_ ranks: [Int64], _ key: String) { (self.ranks, self.key) = (ranks, key) }

  static func < (one: RowPosition, other: RowPosition) -> Bool {
    guard one.ranks == other.ranks else { return one.ranks.lexicographicallyPrecedes(other.ranks) }
    // SQLite compares texts by their bytes.
    return one.key.utf8.lexicographicallyPrecedes(other.key.utf8)
  }

  /// Texts that other programs hand back may be no longer. Keys are names of a few hundred bytes.
  private static let longest = 4_096
  private static let version = "1"

  /// The position as a token for `--after`.
  /// - Parameter question: what the answer is, so that a token of another one is noticed.
  func token(of question: String) -> String {
    let text = [Self.version, question, ranks.map { "\($0)" }.joined(separator: ","), key].joined(separator: "\n")
    return Data(text.utf8).base64EncodedString().map { character in
      switch character {
      case "+": "-"
      case "/": "_"
      default: "\(character)"
      }
    }.joined().replacing("=", with: "")
  }

  /// Why a token is not accepted.
  enum TokenProblem: Error, Hashable {
    case invalid
    /// It belongs to the answer to another question.
    case otherQuestion(String)
  }

  /// Reads a token.
  /// - Parameters:
  ///   - question: the question that is being asked.
  ///   - ranks: the number of numbers in a position of its answer.
  init(token: String, of question: String, ranks count: Int) throws(TokenProblem) {
    guard token.utf8.count <= Self.longest, token.utf8.allSatisfy(Self.isAllowed) else { throw .invalid }
    let padding = String(repeating: "=", count: (4 - token.utf8.count % 4) % 4)
    let base64 = token.replacing("-", with: "+").replacing("_", with: "/") + padding
    guard let bytes = Data(base64Encoded: base64), let text = String(validating: bytes, as: UTF8.self) else {
      throw .invalid
    }
    let parts = text.unicodeScalars.split(separator: "\n", maxSplits: 3, omittingEmptySubsequences: false)
      .map(String.init)
    guard parts.count == 4, parts[0] == Self.version else { throw .invalid }
    guard parts[1] == question else { throw Self.other(parts[1]) }
    let numbers = parts[2].split(separator: ",", omittingEmptySubsequences: false).map { Int64($0) }
    let ranks = numbers.compactMap(\.self)
    guard ranks.count == numbers.count, ranks.count == count else { throw .invalid }
    self.init(ranks, parts[3])
  }

  /// The name of another question is shown, so it must look like one.
  private static func other(_ question: String) -> TokenProblem {
    let isName = question.utf8.count <= 64 && question.utf8.allSatisfy { isAllowed($0) || $0 == UInt8(ascii: " ") }
    return isName ? .otherQuestion(question) : .invalid
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
