import DMARC
import Foundation

/// The languages that verdicts are explained in.
public enum Language: String, Sendable, Hashable, CaseIterable {
  case english = "en"
  case japanese = "ja"
}

/// The texts of one language: sentences by code, with places for names and numbers. They live in one data file a language.
public struct Phrasebook: Sendable {
  /// The language.
  public let language: Language
  private let texts: [String: String]

  /// The texts of a language.
  public init(_ language: Language) {
    self.language = language
    let file =
      switch language {
      case .english: PackageResources.texts_en_json
      case .japanese: PackageResources.texts_ja_json
      }
    // The files are part of the program; a test reads them whole.
    texts = (try? JSONDecoder().decode([String: String].self, from: Data(file))) ?? [:]
  }

  /// All codes that have a text.
  public var codes: Set<String> { Set(texts.keys) }

  /// The text of a code with the values filled in; the code itself where there is none.
  public func text(_ code: String, _ values: [String: String] = [:]) -> String {
    guard let template = texts[code] else { return code }
    return Self.fill(template, values)
  }

  /// A piece of evidence, a reason or an advice as a sentence.
  ///
  /// An advice that would offer a record or a command with an invalid name says that instead.
  public func text(_ evidence: Evidence) -> String {
    let code = evidence.code.contains(".") ? evidence.code : "evidence.\(evidence.code)"
    var values = evidence.values
    if !evidence.unpublishable.isEmpty,
      let key = placeholders(in: code).filter(evidence.unpublishable.contains).sorted().first
    {
      // Backticks set off commands and records.
      return text("invalid.advice", ["name": (values[key] ?? "").replacing("`", with: "'")])
    }
    if values["command"] == nil { values["command"] = texts["invalid.command"] }
    return text(code, values)
  }

  /// A command as a text offers it, or in its place why none is offered.
  public func text(_ command: ShellCommand?) -> String {
    command.map { "`\($0)`" } ?? text("invalid.command")
  }

  /// The names of the places in the text of a code.
  func placeholders(in code: String) -> Set<String> {
    Set(
      (texts[code] ?? "").split(separator: "{").compactMap { part in
        part.firstIndex(of: "}").map { String(part[..<$0]) }
      })
  }

  /// Fills places from left to right, so that a value with braces in it stays as it is.
  private static func fill(_ template: String, _ values: [String: String]) -> String {
    var result = ""
    var rest = template[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      result += rest[..<open]
      let name = String(rest[rest.index(after: open)..<close])
      result += values[name] ?? "?"
      rest = rest[rest.index(after: close)...]
    }
    return result + rest
  }
}
