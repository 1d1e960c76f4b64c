public import ArgumentParser
import Foundation
import Settings
import Verdict

/// The language of the output.
struct LanguageOption: ParsableArguments {
  @Option(
    name: .customLong("lang"),
    help: ArgumentHelp(
      "The language of what is printed. (default: `lang` of the configuration, then the locale, then en)",
      valueName: "en|ja"))
  var chosen: Language?

  /// The language named by the option, else by the configuration, else by the locale.
  func language(_ configuration: Configuration? = nil) -> Language { chosen ?? Self.language(configuration) }

  /// The language named by the configuration, else by the locale.
  static func language(_ configuration: Configuration?) -> Language {
    configuration?.language ?? ofLocale(ProcessInfo.processInfo.environment)
  }

  /// The language of the locale in the environment; the variables take precedence in POSIX order.
  static func ofLocale(_ environment: [String: String]) -> Language {
    let name = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    return Language(rawValue: String((name ?? "").prefix(2))) ?? .english
  }
}

extension Language: ExpressibleByArgument {}
