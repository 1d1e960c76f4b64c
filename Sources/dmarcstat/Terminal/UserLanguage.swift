import Foundation
import Glibc
import Settings
import Verdict

/// The language of the user, found before the arguments are parsed: their errors are printed in it, too.
enum UserLanguage {
  /// The language that `--lang` names, else the configuration, else the locale.
  static func language(_ arguments: [String], _ environment: [String: String]) -> Language {
    if let named = value(of: "--lang", in: arguments).flatMap(Language.init) { return named }
    return configured(value(of: "--config", in: arguments)) ?? LanguageOption.ofLocale(environment)
  }

  private static func configured(_ named: String?) -> Language? {
    guard let path = Configuration.path(named: named) else { return nil }
    // What is not a file, such as a pipe, can be read only once.
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return (try? Configuration.load(named: path))?.language
  }

  private static func value(of option: String, in arguments: [String]) -> String? {
    for (index, argument) in arguments.enumerated() {
      if argument == option { return index + 1 < arguments.count ? arguments[index + 1] : nil }
      if argument.hasPrefix(option + "=") { return String(argument.dropFirst(option.count + 1)) }
    }
    return nil
  }
}
