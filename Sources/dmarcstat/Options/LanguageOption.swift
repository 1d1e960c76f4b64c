import ArgumentParser
import Foundation
import Settings
import Verdict

/// Which language to explain in.
struct LanguageOption: ParsableArguments {
  @Option(
    name: .customLong("lang"),
    help: ArgumentHelp(
      "Language of explanations and advice. (default: `lang` of the configuration, then the locale, then en)",
      valueName: "en|ja"))
  var chosen: Language?

  /// By the option, the configuration, the locale.
  func language(_ configuration: Configuration? = nil) -> Language {
    chosen ?? configuration?.language ?? Self.ofLocale(ProcessInfo.processInfo.environment)
  }

  /// The language that the environment asks for, as POSIX orders the variables.
  static func ofLocale(_ environment: [String: String]) -> Language {
    let name = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    return Language(rawValue: String((name ?? "").prefix(2))) ?? .english
  }
}

extension Language: ExpressibleByArgument {}
