public import DMARC
import Foundation

/// The languages of explanations. The raw values are BCP 47 tags.
public enum Language: String, Sendable, Hashable, CaseIterable {
  case english = "en"
  case japanese = "ja"
}

/// The texts of one language: sentences by code, with placeholders for names and numbers. Each language has a data file.
///
/// `{days}` stands for a value, `{days:day|days}` for the first word if that value is one, and else for the second.
public struct Phrasebook: Sendable {
  /// The language.
  public let language: Language
  private let texts: [String: String]

  /// Loads the texts of a language.
  public init(_ language: Language) {
    self.language = language
    let file =
      switch language {
      case .english: PackageResources.texts_en_json
      case .japanese: PackageResources.texts_ja_json
      }
    // The files are embedded in the program; a test checks them.
    texts = (try? JSONDecoder().decode([String: String].self, from: Data(file))) ?? [:]
  }

  /// All codes that have a text.
  public var codes: Set<String> { Set(texts.keys) }

  /// The text of a code with the values filled in, or the code itself if it has no text.
  public func text(_ code: String, _ values: [String: String] = [:]) -> String {
    guard let template = texts[code] else { return code }
    return Self.fill(template, values)
  }

  /// Evidence, a reason or advice as a sentence.
  ///
  /// If advice would contain a record or a command with an invalid name, the sentence says so instead.
  public func text(_ evidence: Evidence) -> String {
    let code = evidence.code.contains(".") ? evidence.code : "evidence.\(evidence.code)"
    var values = evidence.values
    if !evidence.unpublishable.isEmpty,
      let key = placeholders(in: code).filter(evidence.unpublishable.contains).sorted().first
    {
      // Backticks delimit commands and records.
      return text("invalid.advice", ["name": (values[key] ?? "").replacing("`", with: "'")])
    }
    if values["command"] == nil { values["command"] = texts["invalid.command"] }
    return text(code, values)
  }

  /// A command between backticks, or the reason why there is none.
  public func text(_ command: ShellCommand?) -> String {
    command.map { "`\($0)`" } ?? text("invalid.command")
  }

  /// The names of the placeholders in the text of a code.
  func placeholders(in code: String) -> Set<String> {
    Set(
      (texts[code] ?? "").split(separator: "{").compactMap { part in
        part.firstIndex(of: "}").map { String(part[..<$0].prefix { $0 != ":" }) }
      })
  }

  /// Fills placeholders from left to right, so that braces within a value are left alone.
  private static func fill(_ template: String, _ values: [String: String]) -> String {
    var result = ""
    var rest = template[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      result += rest[..<open]
      result += value(rest[rest.index(after: open)..<close], values)
      rest = rest[rest.index(after: close)...]
    }
    return result + rest
  }

  private static func value(_ placeholder: Substring, _ values: [String: String]) -> String {
    guard let colon = placeholder.firstIndex(of: ":") else { return values[String(placeholder)] ?? "?" }
    let forms = placeholder[placeholder.index(after: colon)...].split(separator: "|", omittingEmptySubsequences: false)
    // Estimated numbers have a tilde.
    let isOne = ["1", "~1"].contains(values[String(placeholder[..<colon])] ?? "")
    return String((isOne ? forms.first : forms.last) ?? "")
  }
}
